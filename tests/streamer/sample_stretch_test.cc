#include "streamer/sample_stretch.h"

#include <gtest/gtest.h>

#include <cmath>

namespace longmen {
namespace {

std::vector<float> tone(int64_t first, int64_t frames) {
  std::vector<float> samples;
  for (int64_t i = first; i < first + frames; ++i) {
    const auto value = static_cast<float>(std::sin(0.1309 * static_cast<double>(i)));  // 1 kHz
    samples.insert(samples.end(), {value, -value});
  }
  return samples;
}

TEST(SampleStretch, WithoutCompensationNothingChanges) {
  SampleStretch stretch;
  const auto block = tone(0, 1024);
  std::vector<float> out;
  stretch.process(block, {0, 48'000}, out);
  EXPECT_EQ(out, block);
}

TEST(SampleStretch, AddsAndTakesAsManyAsAskedWithoutASeam) {
  for (int samples : {24, -24, 7}) {
    SampleStretch stretch;
    std::vector<float> all, out;
    int64_t fed = 0;
    for (int block = 0; block < 469; ++block, fed += 1024) {  // 10 s
      stretch.process(tone(fed, 1024), {samples, 48'000}, out);
      all.insert(all.end(), out.begin(), out.end());
    }
    const auto frames = static_cast<int64_t>(all.size()) / 2;
    EXPECT_NEAR(static_cast<double>(frames - fed), samples * 10.0, 1.5);
    // A tone of amplitude 1 moves by at most 0.1309 a sample; a seam would show as more.
    for (int64_t i = 1; i < frames; ++i) {
      const auto at = static_cast<size_t>(2 * i);
      ASSERT_LT(std::abs(all[at] - all[at - 2]), 0.1325) << "frame " << i << " of " << samples;
      ASSERT_FLOAT_EQ(all[at], -all[at + 1]);
    }
  }
}

TEST(SampleStretch, TinyBlocksPass) {
  SampleStretch stretch;
  std::vector<float> out;
  stretch.process({}, {24, 48'000}, out);
  EXPECT_TRUE(out.empty());
  stretch.process(tone(0, 2), {24, 1}, out);
  EXPECT_EQ(out.size(), 4U);
}

}  // namespace
}  // namespace longmen
