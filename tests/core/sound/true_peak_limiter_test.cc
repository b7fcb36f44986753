#include "core/sound/true_peak_limiter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace longmen {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kCeilingDb = -1;

double amplitude(double db) {
  return std::pow(10, db / 20);
}

// Left and right the same, `frames` of what `wave` says of each.
template <class Wave>
std::vector<float> stereo(int64_t frames, Wave wave) {
  std::vector<float> samples;
  for (int64_t i = 0; i < frames; ++i)
    samples.insert(samples.end(), 2, static_cast<float>(wave(i)));
  return samples;
}

// The highest of the wave through the left samples, eightfold oversampled over 64 of them at a
// time: sharper than what the limiter looks with.
double true_peak(const std::vector<float>& samples) {
  constexpr int kHalf = 32;
  const auto frames = static_cast<int64_t>(samples.size() / 2);
  double peak = 0;
  for (int64_t i = kHalf; i < frames - kHalf; ++i) {
    peak = std::max<double>(peak, std::abs(samples[static_cast<size_t>(2 * i)]));
    if (peak < 0.3) continue;
    for (int phase = 1; phase < 8; ++phase) {
      double sum = 0;
      for (int64_t j = 1 - kHalf; j <= kHalf; ++j) {
        const double t = phase / 8.0 - static_cast<double>(j);
        const double window = std::cos(kPi * t / (2 * kHalf + 2));
        sum += samples[static_cast<size_t>(2 * (i + j))] * std::sin(kPi * t) / (kPi * t) * window *
               window;
      }
      peak = std::max(peak, std::abs(sum));
    }
  }
  return peak;
}

std::vector<float> limited(const std::vector<float>& samples, size_t chunk = 1920) {
  TruePeakLimiter limiter(kCeilingDb);
  std::vector<float> out;
  for (size_t i = 0; i < samples.size(); i += chunk)
    limiter.push(std::span(samples).subspan(i, std::min(chunk, samples.size() - i)), out);
  limiter.flush(out);
  return out;
}

TEST(TruePeakLimiter, WhatStaysBelowTheCeilingPassesToTheBit) {
  const auto samples =
      stereo(9'600, [](int64_t i) { return 0.8 * std::sin(0.05 * static_cast<double>(i)); });
  EXPECT_EQ(limited(samples), samples);
  EXPECT_EQ(limited(samples, 2), samples) << "however it is cut";
  EXPECT_EQ(limited(stereo(100, [](int64_t) { return 0.5; })).size(), 200U)
      << "less than what is held";
}

TEST(TruePeakLimiter, SampleNumbersStay) {
  TruePeakLimiter limiter(kCeilingDb);
  std::vector<float> out;
  const auto click = stereo(4'800, [](int64_t i) { return i == 1'000 ? 4.0 : 0.0; });
  limiter.push(click, out);
  EXPECT_EQ(limiter.held_frames(), TruePeakLimiter::kHeldFrames);
  EXPECT_EQ(out.size() / 2, 4'800U - TruePeakLimiter::kHeldFrames);
  const auto highest = std::ranges::max_element(out) - out.begin();
  EXPECT_EQ(highest / 2, 1'000);
  limiter.flush(out);
  EXPECT_EQ(out.size(), click.size());
  EXPECT_EQ(limiter.held_frames(), 0);
}

TEST(TruePeakLimiter, KeepsHotSoundBelowTheCeiling) {
  const double ceiling = amplitude(kCeilingDb);
  for (const double hertz : {60.0, 997.0, 5'000.0, 11'999.0, 17'000.0}) {
    for (const double gain : {1.0, 2.0, 4.0}) {
      const auto out = limited(stereo(4'800, [&](int64_t i) {
        return gain * std::sin(2 * kPi * hertz * static_cast<double>(i) / 48'000 + 0.7);
      }));
      const double peak = true_peak(out);
      EXPECT_LE(peak, ceiling) << hertz << " Hz at " << gain;
      EXPECT_GE(peak, ceiling * 0.9) << hertz << " Hz at " << gain;
    }
  }
}

TEST(TruePeakLimiter, SeesThePeakBetweenTheSamples) {
  // A quarter of the rate, between its peaks: samples are 3 dB below the wave.
  const auto wave =
      stereo(4'800, [](int64_t i) { return std::sin(kPi / 2 * static_cast<double>(i) + kPi / 4); });
  EXPECT_NEAR(*std::ranges::max_element(wave), 0.7071, 0.001);
  const auto out = limited(wave);
  EXPECT_LE(true_peak(out), amplitude(kCeilingDb));
}

TEST(TruePeakLimiter, KeepsNoiseAndClicksBelowTheCeiling) {
  std::mt19937 random(7);
  std::normal_distribution<double> noise(0, 0.8);
  double smooth = 0;
  const auto out = limited(stereo(9'600, [&](int64_t i) {
    smooth = 0.6 * smooth + 0.4 * noise(random);
    return (i % 3'000 == 100 ? 6 : 1.5) * smooth;
  }));
  EXPECT_LE(true_peak(out), amplitude(kCeilingDb));
}

TEST(TruePeakLimiter, BothSidesGoDownTogether) {
  std::vector<float> samples;
  for (int i = 0; i < 2'400; ++i)
    samples.insert(samples.end(), {2.0F, 0.1F});
  const auto out = limited(samples);
  for (size_t i = 0; i < out.size(); i += 2)
    ASSERT_NEAR(out[i + 1], out[i] / 20, 1e-6);
}

TEST(TruePeakLimiter, LetsGoSlowlyAndWhollyAndTellsHowFarItWas) {
  TruePeakLimiter limiter(kCeilingDb);
  std::vector<float> out;
  EXPECT_TRUE(limiter.at_rest());
  limiter.push(stereo(2'400, [](int64_t) { return 2.0; }), out);
  EXPECT_FALSE(limiter.at_rest());
  EXPECT_GT(limiter.limited_frames(), 1'000U);
  EXPECT_NEAR(20 * std::log10(limiter.take_least_gain()), -7.15, 0.2);
  const auto quiet = [](int64_t) { return 0.5; };
  out.clear();
  limiter.push(stereo(2'400, quiet), out);
  EXPECT_LT(out.back(), 0.45F) << "not at once";
  EXPECT_LT(limiter.take_least_gain(), 1);
  out.clear();
  limiter.push(stereo(96'000, quiet), out);
  EXPECT_EQ(out.back(), 0.5F) << "to the bit again";
  EXPECT_TRUE(limiter.at_rest());
  for (size_t i = 2; i < out.size(); i += 2)
    ASSERT_LT(out[i] - out[i - 2], 0.001F) << "without a step";
}

TEST(TruePeakLimiter, LimitsNothingWhenToldSo) {
  TruePeakLimiter limiter(kCeilingDb);
  limiter.set_limiting(false);
  std::vector<float> out;
  const auto hot = stereo(2'400, [](int64_t) { return 2.0; });
  limiter.push(hot, out);
  limiter.flush(out);
  EXPECT_EQ(out, hot);
}

}  // namespace
}  // namespace longmen
