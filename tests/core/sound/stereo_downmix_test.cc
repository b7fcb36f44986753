#include "core/sound/stereo_downmix.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using enum Speaker;

constexpr float kThreeDbDown = 0.70710678F;

void expect_downmix(const std::vector<Speaker>& speakers, const std::vector<float>& samples,
                    float left, float right) {
  const auto stereo = downmix_to_stereo(speakers, samples);
  ASSERT_EQ(stereo.size(), 2U);
  EXPECT_FLOAT_EQ(stereo[0], left);
  EXPECT_FLOAT_EQ(stereo[1], right);
}

TEST(StereoDownmix, OfFivePointOneIsThatOfBs775) {
  const std::vector<Speaker> speakers{kLeft,         kRight,        kCentre,
                                      kLowFrequency, kSurroundLeft, kSurroundRight};
  expect_downmix(speakers, {1, 0, 0, 0, 0, 0}, 1, 0);
  expect_downmix(speakers, {0, 1, 0, 0, 0, 0}, 0, 1);
  expect_downmix(speakers, {0, 0, 1, 0, 0, 0}, kThreeDbDown, kThreeDbDown);
  expect_downmix(speakers, {0, 0, 0, 1, 0, 0}, 0, 0);
  expect_downmix(speakers, {0, 0, 0, 0, 1, 0}, kThreeDbDown, 0);
  expect_downmix(speakers, {0, 0, 0, 0, 0, 1}, 0, kThreeDbDown);
  expect_downmix(speakers, {0.5F, 0.25F, 0.5F, 1, -0.5F, 0}, 0.5F, 0.25F + 0.5F * kThreeDbDown);
}

TEST(StereoDownmix, OneChannelIsHeardOnBothSides) {
  expect_downmix({kMono}, {0.5F}, 0.5F, 0.5F);
  expect_downmix({kUnknown}, {0.5F}, 0.5F, 0.5F);
}

TEST(StereoDownmix, OfChannelsWithoutAPlaceTheFirstTwoAreHeard) {
  expect_downmix({kUnknown, kUnknown, kUnknown, kUnknown}, {0.1F, 0.2F, 0.3F, 0.4F}, 0.1F, 0.2F);
  expect_downmix({kLeft, kRight, kUnknown}, {0.1F, 0.2F, 0.3F}, 0.1F, 0.2F);
}

TEST(StereoDownmix, GoesFrameByFrameAndLeavesARestOut) {
  const std::vector<Speaker> speakers{kLeft, kRight, kSurroundCentre};
  const std::vector<float> samples{1, 2, 2, 3, 4, 0, 5, 6};
  EXPECT_EQ(downmix_to_stereo(speakers, samples), (std::vector<float>{2, 3, 3, 4}));
  EXPECT_TRUE(downmix_to_stereo({}, samples).empty());
}

}  // namespace
}  // namespace longmen
