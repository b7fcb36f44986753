#include "core/feed/decoding_times.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace longmen {
namespace {

using namespace std::chrono_literals;

std::vector<int> given(DecodingTimes& times, const std::vector<int>& presented) {
  std::vector<int> all;
  for (const int ms : presented) {
    const Flicks time = times.next(std::chrono::milliseconds(ms));
    EXPECT_LE(time, Flicks(std::chrono::milliseconds(ms)));
    all.push_back(static_cast<int>(time / Flicks(1ms)));
  }
  return all;
}

TEST(DecodingTimes, WithoutReorderingTheyAreThoseOfPresentation) {
  DecodingTimes times;
  EXPECT_EQ(given(times, {0, 40, 80, 120}), (std::vector<int>{0, 40, 80, 120}));
}

// P0 P3 B1 B2 P6 B4 B5: one picture is decoded before those that are shown before it.
TEST(DecodingTimes, ReorderingIsLearnt) {
  DecodingTimes times;
  (void)given(times, {0, 120, 40, 80, 240, 160, 200});
  EXPECT_EQ(given(times, {360, 280, 320, 480, 400, 440}),
            (std::vector<int>{240, 280, 320, 360, 400, 440}));
}

TEST(DecodingTimes, ReorderingThatIsSaidIsKnownFromTheFirst) {
  DecodingTimes times;
  times.expect(1);
  EXPECT_EQ(given(times, {0, 120, 40, 80, 240, 160, 200}),
            (std::vector<int>{0, 0, 40, 80, 120, 160, 200}));
  times = {};
  times.expect(2);
  EXPECT_EQ(given(times, {0, 160, 80, 40, 120, 320, 240, 200, 280}),
            (std::vector<int>{0, 0, 0, 40, 80, 120, 160, 200, 240}));
}

// With a pyramid two are: P0 P4 B2 B1 B3 P8 B6 B5 B7.
TEST(DecodingTimes, APyramidIsTwo) {
  DecodingTimes times;
  (void)given(times, {0, 160, 80, 40, 120, 320, 240, 200, 280});
  EXPECT_EQ(given(times, {480, 400, 360, 440, 640, 560, 520, 600}),
            (std::vector<int>{280, 320, 360, 400, 440, 480, 520, 560}));
}

TEST(DecodingTimes, AJumpBeginsAnew) {
  DecodingTimes times;
  (void)given(times, {0, 120, 40, 80, 240, 160, 200});
  EXPECT_EQ(given(times, {90'000}).front(), 90'000);
  EXPECT_EQ(given(times, {90'120, 90'040, 90'080, 90'240}).back(), 90'120);
  EXPECT_EQ(given(times, {10, 130, 50, 90}).back(), 90);
}

}  // namespace
}  // namespace longmen
