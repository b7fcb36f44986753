#include "core/failover/common_sound.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/time/audio_grid.h"
#include "tests/support/talk.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr auto kOneWay = ChannelInput::kPrimary, kOtherWay = ChannelInput::kBackup;
constexpr int kChunk = 1024;  // samples
const MediaTime kPlayedFrom{1'764'000'000s};

using Sound = test::SoundAt;  // sample 0 is at kPlayedFrom
using test::talk;

Sound beeps() {
  return
      [](SampleIndex sample) { return (sample % 48'000 + 48'000) % 48'000 < 4800 ? 0.5F : 0.0F; };
}
Sound put_off(const Sound& sound, Flicks later) {
  const auto samples = sample_at(MediaTime(later));
  return [sound, samples](SampleIndex sample) { return sound(sample - samples); };
}
Sound quieter(const Sound& sound, float gain) {
  return [sound, gain](SampleIndex sample) { return gain * sound(sample); };
}
const Sound kSilence = [](SampleIndex) { return 0.0F; };

// Plays both inputs, one after the other, from `from` to `until` after kPlayedFrom.
void play(CommonSound& common, const Sound& one, const Sound& two, Flicks from, Flicks until) {
  for (SampleIndex first = sample_at(MediaTime(from)); first < sample_at(MediaTime(until));
       first += kChunk) {
    const MediaTime at = kPlayedFrom + time_of_sample(first).time_since_epoch();
    common.sound(kOneWay, at, test::stereo(one, first, kChunk));
    common.sound(kOtherWay, at, test::stereo(two, first, kChunk));
  }
}

void expect_later_by(const Sound& two, Flicks later) {
  CommonSound common;
  play(common, talk(1), two, 0s, 16s);
  const auto found = common.backup_is_later_by();
  ASSERT_TRUE(found);
  EXPECT_LE(std::chrono::abs(*found - later), LevelCourse::kStep)
      << std::chrono::round<std::chrono::milliseconds>(*found).count();
}

TEST(CommonSound, OfTheSameSoundItIsMeasuredHowMuchLaterItComes) {
  for (const Flicks later : {Flicks(0s), Flicks(433ms), Flicks(-2007ms), Flicks(5s), Flicks(-5s)})
    expect_later_by(put_off(talk(1), later), later);
}

TEST(CommonSound, LevelAndNoiseChangeNothing) {
  const Sound noise = quieter(talk(2), 0.03F), same = quieter(put_off(talk(1), 300ms), 0.2F);
  expect_later_by([=](SampleIndex sample) { return same(sample) + noise(sample); }, 300ms);
}

TEST(CommonSound, OtherSoundsHaveNothingInCommon) {
  for (uint32_t seed = 2; seed < 16; ++seed) {
    CommonSound common;
    play(common, talk(1), talk(seed), 0s, 12s);
    EXPECT_FALSE(common.backup_is_later_by()) << seed;
  }
}

TEST(CommonSound, WhatFitsAtManyDifferencesSaysNothing) {
  CommonSound common;
  play(common, beeps(), put_off(beeps(), 200ms), 0s, 12s);
  EXPECT_FALSE(common.backup_is_later_by());
  const Sound hum = [](SampleIndex sample) { return sample % 2 ? 0.1F : -0.1F; };
  CommonSound of_hum;
  play(of_hum, hum, hum, 0s, 12s);
  EXPECT_FALSE(of_hum.backup_is_later_by());
}

TEST(CommonSound, LouderThanFullScaleIsFullScale) {
  CommonSound common;
  const Sound loud = quieter(talk(1), 1e15F);
  play(common, loud, put_off(loud, 200ms), 0s, 12s);
  EXPECT_FALSE(common.backup_is_later_by());
}

TEST(CommonSound, IsNotBelievedAtOnce) {
  CommonSound common;
  play(common, talk(1), talk(1), 0s, 8s);
  EXPECT_FALSE(common.backup_is_later_by());
  play(common, talk(1), talk(1), 8s, 10s);
  EXPECT_TRUE(common.backup_is_later_by());
}

TEST(CommonSound, WhatWasFoundOutlivesASilenceButNotForEver) {
  CommonSound common;
  play(common, talk(1), talk(1), 0s, 10s);
  ASSERT_TRUE(common.backup_is_later_by());
  play(common, kSilence, talk(1), 10s, 50s);
  EXPECT_TRUE(common.backup_is_later_by());
  play(common, kSilence, talk(1), 50s, 90s);
  EXPECT_FALSE(common.backup_is_later_by());
}

TEST(CommonSound, AnotherTimeIsFoundAnew) {
  CommonSound common;
  play(common, talk(1), talk(1), 0s, 10s);
  common.forget(kOtherWay);
  EXPECT_FALSE(common.backup_is_later_by());
  play(common, talk(1), put_off(talk(1), 1s), 10s, 14s);
  EXPECT_FALSE(common.backup_is_later_by()) << "what is known of the backup is too short";
  play(common, talk(1), put_off(talk(1), 1s), 14s, 21s);
  ASSERT_TRUE(common.backup_is_later_by());
  EXPECT_EQ(*common.backup_is_later_by(), Flicks(1s));
}

TEST(CommonSound, AHoleIsNoSound) {
  CommonSound common;
  const Sound two = put_off(talk(1), 200ms);
  for (Flicks from = 0s; from < Flicks(16s); from += 1s)
    play(common, talk(1), two, from, from + Flicks(950ms));
  ASSERT_TRUE(common.backup_is_later_by());
  EXPECT_LE(std::chrono::abs(*common.backup_is_later_by() - Flicks(200ms)), LevelCourse::kStep);
}

}  // namespace
}  // namespace longmen
