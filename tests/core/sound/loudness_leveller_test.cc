#include "core/sound/loudness_leveller.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace longmen {
namespace {

constexpr double kStepsPerSecond = 10;

// Tells `seconds` of sound, whose loudness `lufs` says by the second since it began.
void hear(LoudnessLeveller& leveller, double seconds,
          const std::function<std::optional<double>(double)>& lufs) {
  for (int step = 0; step < static_cast<int>(seconds * kStepsPerSecond); ++step)
    leveller.heard(lufs(step / kStepsPerSecond));
}
void hear(LoudnessLeveller& leveller, double seconds, std::optional<double> lufs) {
  hear(leveller, seconds, [lufs](double) { return lufs; });
}

LoudnessLeveller leveller_to(double target) {
  LoudnessLeveller leveller;
  leveller.set_target(target);
  return leveller;
}

TEST(LoudnessLeveller, WithoutATargetDoesNothing) {
  LoudnessLeveller leveller;
  hear(leveller, 30, -35);
  EXPECT_EQ(leveller.gain_db(), 0);
  EXPECT_NEAR(*leveller.level_lufs(), -35, 0.01);
}

TEST(LoudnessLeveller, BringsSteadySoundToTheTarget) {
  for (const double lufs : {-34.0, -30.0, -24.3, -20.0, -13.0}) {
    LoudnessLeveller leveller = leveller_to(-24);
    hear(leveller, 20, lufs);
    EXPECT_NEAR(lufs + leveller.gain_db(), -24, LoudnessLeveller::kSetOutLu) << lufs;
  }
  LoudnessLeveller leveller = leveller_to(-24);
  hear(leveller, 20, -30);
  EXPECT_NEAR(leveller.gain_db(), 6, 0.2) << "and not just into its tolerance";
}

TEST(LoudnessLeveller, StaysWithinItsRange) {
  LoudnessLeveller leveller = leveller_to(-24);
  hear(leveller, 60, -44);
  EXPECT_NEAR(leveller.gain_db(), LoudnessLeveller::kMaxGainDb, 1e-6);
  hear(leveller, 60, -3);
  EXPECT_NEAR(leveller.gain_db(), -LoudnessLeveller::kMaxGainDb, 1e-6);
}

TEST(LoudnessLeveller, AStepIsFollowedNoFasterThanItMay) {
  LoudnessLeveller leveller = leveller_to(-24);
  hear(leveller, 15, -24);
  double before = leveller.gain_db();
  const auto follow = [&](double lufs, double up, double down) {
    hear(leveller, 40, [&](double) {
      const double change = (leveller.gain_db() - before) * kStepsPerSecond;
      EXPECT_LE(change, up + 1e-9);
      EXPECT_GE(change, -down - 1e-9);
      before = leveller.gain_db();
      return lufs;
    });
    EXPECT_NEAR(lufs + leveller.gain_db(), -24, LoudnessLeveller::kSetOutLu);
  };
  follow(-32, LoudnessLeveller::kUpDbPerSecond, 0);
  follow(-20, 0, LoudnessLeveller::kDownDbPerSecond);
}

// As a window of 400 ms tells it that has a sound in it not yet wholly, and no more wholly.
TEST(LoudnessLeveller, TheEdgesOfASoundAreNotTakenForItsLoudness) {
  LoudnessLeveller leveller = leveller_to(-24);
  hear(leveller, 60, [](double second) -> std::optional<double> {
    const double at = std::fmod(second, 3);
    if (at > 2.35) return std::nullopt;
    const double whole = std::min({1.0, (at + 0.1) / 0.4, (2.4 - at) / 0.4});
    return -30 + 10 * std::log10(whole);
  });
  EXPECT_NEAR(leveller.gain_db(), 6, 0.3);
}

TEST(LoudnessLeveller, TheFirstApproachIsFast) {
  LoudnessLeveller leveller = leveller_to(-24);
  hear(leveller, 2.5, -32);
  EXPECT_NEAR(leveller.gain_db(), 8, 0.2);
}

TEST(LoudnessLeveller, SilenceAndWhatIsBelowTheGatePumpNothingUp) {
  LoudnessLeveller leveller = leveller_to(-24);
  hear(leveller, 15, -27);
  const double settled = leveller.gain_db();
  hear(leveller, 120, std::nullopt);
  EXPECT_EQ(leveller.gain_db(), settled);
  hear(leveller, 120, LoudnessLeveller::kGateLufs - 1);
  EXPECT_EQ(leveller.gain_db(), settled);
  hear(leveller, 1, -27);
  EXPECT_EQ(leveller.gain_db(), settled) << "it goes on where it was";
}

TEST(LoudnessLeveller, RoomBetweenSentencesDoesNotCount) {
  LoudnessLeveller leveller = leveller_to(-24);
  // Three seconds of speech, two of a room with an air conditioner.
  hear(leveller, 120, [](double second) { return std::fmod(second, 5) < 3 ? -28 : -46; });
  EXPECT_NEAR(leveller.gain_db(), 4, 0.3);
}

TEST(LoudnessLeveller, SpeechAfterMusicComesUpAndIsNotTakenForAPause) {
  LoudnessLeveller leveller = leveller_to(-24);
  hear(leveller, 30, -14);
  EXPECT_NEAR(leveller.gain_db(), -10, 0.3);
  double lowest = leveller.gain_db(), highest = lowest;
  hear(leveller, 60, [&](double second) {
    lowest = std::min(lowest, leveller.gain_db());
    highest = std::max(highest, leveller.gain_db());
    return std::fmod(second, 4) < 3 ? -31 : -52;
  });
  EXPECT_NEAR(-31 + leveller.gain_db(), -24, 0.5);
  EXPECT_GE(lowest, -10.3) << "not the wrong way first";
  EXPECT_LE(highest, 7.5) << "nor beyond";
}

TEST(LoudnessLeveller, WhatWaversAroundTheTargetIsLeftAlone) {
  LoudnessLeveller leveller = leveller_to(-24);
  hear(leveller, 20, -28);
  const double settled = leveller.gain_db();
  hear(leveller, 60, [](double second) { return -28 + 0.4 * std::sin(second); });
  EXPECT_EQ(leveller.gain_db(), settled);
}

TEST(LoudnessLeveller, ATargetThatIsTakenAwayLetsTheGainGo) {
  LoudnessLeveller leveller = leveller_to(-23);
  hear(leveller, 20, -33);
  leveller.set_target(std::nullopt);
  hear(leveller, 1, std::nullopt);
  EXPECT_NEAR(leveller.gain_db(), 10 - LoudnessLeveller::kFirstDbPerSecond, 0.3) << "no jump";
  hear(leveller, 3, -33);
  EXPECT_EQ(leveller.gain_db(), 0);
}

TEST(LoudnessLeveller, OfASenderThatHasGoneNoGainIsLeftWithoutATarget) {
  LoudnessLeveller leveller = leveller_to(-23);
  hear(leveller, 20, -33);
  LoudnessLeveller other = leveller;
  leveller.forget();
  EXPECT_NEAR(leveller.gain_db(), 10, 0.2) << "for the next one";
  leveller.set_target(std::nullopt);
  EXPECT_EQ(leveller.gain_db(), 0);
  other.set_target(std::nullopt);
  EXPECT_NEAR(other.gain_db(), 10, 0.2) << "it sounds";
  other.forget();
  EXPECT_EQ(other.gain_db(), 0);
}

TEST(LoudnessLeveller, AnotherSenderIsHeardAnew) {
  LoudnessLeveller leveller = leveller_to(-24);
  hear(leveller, 20, -34);
  leveller.forget();
  EXPECT_EQ(leveller.level_lufs(), std::nullopt);
  const double before = leveller.gain_db();
  hear(leveller, 0.4, -20);
  EXPECT_LT(leveller.gain_db(), before) << "what the other one was like does not count";
  hear(leveller, 4, -20);
  EXPECT_NEAR(leveller.gain_db(), -4, 0.3);
}

}  // namespace
}  // namespace longmen
