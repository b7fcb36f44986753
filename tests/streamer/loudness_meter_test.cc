// EBU Tech 3341's test signals, as far as they are of two channels and take no minutes.
#include "streamer/loudness_meter.h"

#include <gtest/gtest.h>

#include "tests/streamer/tone.h"

namespace longmen {
namespace {

using namespace test;

TEST(LoudnessMeter, AToneIsAsLoudAsTech3341Says) {
  for (const double dbfs : {-23.0, -33.0}) {  // cases 1 and 2
    LoudnessMeter meter(LoudnessMeter::Of::kProgramme);
    meter.add(tone(dbfs, 5));
    EXPECT_NEAR(*meter.momentary_lufs(), dbfs, 0.1);
    EXPECT_NEAR(*meter.short_term_lufs(), dbfs, 0.1);
    EXPECT_NEAR(*meter.integrated_lufs(), dbfs, 0.1);
    EXPECT_NEAR(*meter.range_lu(), 0, 0.1);
    EXPECT_NEAR(*meter.true_peak_dbtp(), dbfs, 0.2);
  }
}

TEST(LoudnessMeter, WhatIsSoftOrSilentIsGatedOut) {
  LoudnessMeter meter(LoudnessMeter::Of::kProgramme);
  meter.add(tone(-36, 3));  // case 3, shortened in proportion
  meter.add(tone(-23, 9));
  meter.add(tone(-36, 3));
  meter.add(tone(-200, 10));
  EXPECT_NEAR(*meter.integrated_lufs(), -23, 0.1);
  EXPECT_EQ(meter.momentary_lufs(), std::nullopt);
}

TEST(LoudnessMeter, OneSideAloneIsHalfAsMuch) {
  std::vector<float> left = tone(-23, 4);
  for (size_t i = 1; i < left.size(); i += 2)
    left[i] = 0;
  LoudnessMeter meter(LoudnessMeter::Of::kMoment);
  meter.add(left);
  EXPECT_NEAR(*meter.short_term_lufs(), -26, 0.1);
}

TEST(LoudnessMeter, TruePeakIsThatOfTheWaveBetweenTheSamples) {
  std::vector<float> wave;  // case 16: 45 degrees off its samples
  for (int i = 0; i < 48'000; ++i)
    wave.insert(wave.end(), 2, static_cast<float>(0.5 * std::sin(kPi / 2 * i + kPi / 4)));
  LoudnessMeter meter(LoudnessMeter::Of::kProgramme);
  meter.add(wave);
  EXPECT_LE(*meter.true_peak_dbtp(), -6 + 0.2);
  EXPECT_GE(*meter.true_peak_dbtp(), -6 - 0.4);
}

TEST(LoudnessMeter, SilenceHasNoFigures) {
  LoudnessMeter meter(LoudnessMeter::Of::kProgramme);
  const auto expect_none = [&] {
    EXPECT_EQ(meter.momentary_lufs(), std::nullopt);
    EXPECT_EQ(meter.short_term_lufs(), std::nullopt);
    EXPECT_EQ(meter.integrated_lufs(), std::nullopt);
    EXPECT_EQ(meter.range_lu(), std::nullopt);
    EXPECT_EQ(meter.true_peak_dbtp(), std::nullopt);
  };
  expect_none();
  meter.add(tone(-200, 4));
  expect_none();
  meter.add(tone(-20, 4));
  EXPECT_TRUE(meter.integrated_lufs());
  meter.begin_anew();
  expect_none();
}

}  // namespace
}  // namespace longmen
