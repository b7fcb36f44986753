#include "core/sound/damaged_samples.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace longmen {
namespace {

TEST(DamagedSamples, WhatIsNoSoundIsMendedAndTold) {
  constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
  constexpr float kEndless = std::numeric_limits<float>::infinity();
  std::vector<float> samples{kNone, kEndless, -kEndless, 1e12F, -1e5F, 0.5F, -kNone};
  EXPECT_TRUE(mend_samples(samples));
  EXPECT_EQ(samples, (std::vector<float>{0, kMostAmplitude, -kMostAmplitude, kMostAmplitude,
                                         -kMostAmplitude, 0.5F, 0}));
  EXPECT_FALSE(mend_samples(samples));
}

TEST(DamagedSamples, HotSoundIsNoDamage) {
  std::vector<float> samples{2, -3.5F, 0};
  EXPECT_FALSE(mend_samples(samples));
  EXPECT_EQ(samples, (std::vector<float>{2, -3.5F, 0}));
}

}  // namespace
}  // namespace longmen
