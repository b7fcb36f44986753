#include "streamer/programme_sound.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/streamer/tone.h"

namespace longmen {
namespace {

using namespace test;
using namespace std::chrono_literals;

constexpr ChannelInput kPrimary = ChannelInput::kPrimary, kBackup = ChannelInput::kBackup;
constexpr SampleIndex kFirst = 1'764'000'000LL * 48'000 + 17;
constexpr size_t kChunkFloats = 2 * 1024;

SoundRules rules_to(std::optional<double> target) {
  SoundRules rules;
  rules.target_lufs = target;
  return rules;
}

// What comes in, goes through, and is listened to behind it.
class ProgrammeSoundTest : public testing::Test {
 protected:
  void play(const std::vector<float>& samples, ChannelInput input = kPrimary,
            bool downmixed = false) {
    for (size_t at = 0; at < samples.size(); at += kChunkFloats) {
      const auto chunk =
          std::span(samples).subspan(at, std::min(kChunkFloats, samples.size() - at));
      sound_.arrived(input, chunk, downmixed);
      put_out(input, chunk);
    }
  }
  void put_out(ChannelInput input, std::span<const float> samples) {
    const auto ready = sound_.put_out(input, next_, samples);
    next_ += static_cast<SampleIndex>(samples.size() / 2);
    ASSERT_EQ(ready.first, kFirst + static_cast<SampleIndex>(out_.size() / 2)) << "consecutive";
    out_.insert(out_.end(), ready.samples.begin(), ready.samples.end());
  }
  // Of the last `seconds` that came out.
  double lufs(double seconds) const {
    LoudnessMeter meter(LoudnessMeter::Of::kProgramme);
    const auto floats = static_cast<size_t>(seconds * 96'000);
    meter.add(std::span(out_).last(floats));
    return meter.integrated_lufs().value_or(-99);
  }
  double true_peak() const {
    LoudnessMeter meter(LoudnessMeter::Of::kProgramme);
    meter.add(out_);
    return meter.true_peak_dbtp().value_or(-99);
  }
  float steepest() const {
    float most = 0;
    for (size_t i = 2; i < out_.size(); i += 2)
      most = std::max(most, std::abs(out_[i] - out_[i - 2]));
    return most;
  }
  SampleIndex held() const { return next_ - kFirst - static_cast<SampleIndex>(out_.size() / 2); }

  ProgrammeSound sound_;
  SampleIndex next_ = kFirst;
  std::vector<float> out_;
};

TEST_F(ProgrammeSoundTest, WithoutATargetSamplesPassToTheBit) {
  const auto hot = tone(3, 0.5);
  play(hot);
  EXPECT_EQ(out_, hot);
  const SoundState state = sound_.take_state();
  EXPECT_NEAR(*state.momentary_lufs, 3, 0.1) << "and are measured";
  EXPECT_NEAR(*state.inputs[kPrimary].momentary_lufs, 3, 0.1);
  EXPECT_EQ(state.inputs[kBackup].momentary_lufs, std::nullopt);
  EXPECT_EQ(sound_.take_state().inputs[kPrimary].momentary_lufs, std::nullopt) << "it hangs";
}

TEST_F(ProgrammeSoundTest, SoftSoundComesUpToTheTargetAndHotSoundDown) {
  for (const double dbfs : {-30.0, -12.0}) {
    sound_.set_rules(rules_to(-24));
    play(tone(dbfs, 12));
    EXPECT_NEAR(lufs(3), -24, 0.3) << dbfs;
    const SoundState state = sound_.take_state();
    EXPECT_NEAR(*state.short_term_lufs, -24, 0.3);
    EXPECT_NEAR(*state.inputs[kPrimary].short_term_lufs, dbfs, 0.1) << "as it comes";
    EXPECT_NEAR(state.inputs[kPrimary].gain_db, -24 - dbfs, 0.3);
    EXPECT_EQ(state.limited_by_db, 0) << "nothing was near the ceiling";
    sound_.ended(kPrimary);
  }
}

TEST_F(ProgrammeSoundTest, WhatIsLevelledStaysBelowTheCeilingOfTruePeak) {
  sound_.set_rules(rules_to(-14));
  // Soft with loud bursts: the gain that the former wants takes the latter beyond full scale.
  std::vector<float> samples;
  for (int i = 0; i < 20; ++i) {
    for (const auto& part : {tone(-30, 0.496), tone(-1, 0.004)})
      samples.insert(samples.end(), part.begin(), part.end());
  }
  play(samples);
  EXPECT_GT(sound_.take_state().inputs[kPrimary].gain_db, 2);
  EXPECT_LE(true_peak(), ProgrammeSound::kCeilingDbtp);
  play(samples);
  const SoundState state = sound_.take_state();
  EXPECT_LE(*state.true_peak_dbtp, ProgrammeSound::kCeilingDbtp);
  EXPECT_GT(state.limited_by_db, 2);
  EXPECT_GT(state.limited_frames, 0U);
}

TEST_F(ProgrammeSoundTest, ASampleKeepsItsNumberWhileItIsLevelled) {
  sound_.set_rules(rules_to(-23));
  std::vector<float> samples(96'000, 0.0F);
  samples[2 * 20'000] = 0.5F;
  play(samples);
  EXPECT_EQ(held(), TruePeakLimiter::kHeldFrames);
  EXPECT_EQ(std::ranges::max_element(out_) - out_.begin(), 2 * 20'000);
}

TEST_F(ProgrammeSoundTest, LevellingBeginsAndEndsWithoutAGapOrAStep) {
  const auto soft = tone(-30, 1);
  const float steep = 0.0316F * 0.14F;  // of that tone
  play(soft);
  sound_.set_rules(rules_to(-24));
  for (int second = 0; second < 8; ++second)
    play(soft);
  EXPECT_NEAR(lufs(1), -24, 0.3);
  EXPECT_LT(steepest(), 2.2F * steep) << "twice as loud, and no click";
  EXPECT_EQ(held(), TruePeakLimiter::kHeldFrames);
  sound_.set_rules(rules_to(std::nullopt));
  for (int second = 0; second < 4; ++second)
    play(soft);
  EXPECT_EQ(held(), 0);
  EXPECT_LT(steepest(), 2.2F * steep);
  EXPECT_TRUE(std::equal(soft.rbegin(), soft.rend(), out_.rbegin())) << "to the bit again";
}

TEST_F(ProgrammeSoundTest, ASwitchGoesToAGainThatIsRightAlready) {
  sound_.set_rules(rules_to(-24));
  const auto soft = tone(-32, 0.96), loud = tone(-16, 0.96);
  for (int second = 0; second < 12; ++second) {
    sound_.arrived(kBackup, loud, false);
    play(soft);
  }
  EXPECT_NEAR(lufs(0.9), -24, 0.3);
  play(loud, kBackup);
  EXPECT_NEAR(lufs(0.9), -24, 0.3) << "from its first second on";
}

TEST_F(ProgrammeSoundTest, ADownmixIsKeptBelowTheCeilingWithoutATargetToo) {
  const auto hot = tone(5, 1);
  play(hot, kPrimary, true);
  EXPECT_LE(true_peak(), ProgrammeSound::kCeilingDbtp);
  sound_.ended(kPrimary);
  const auto stereo = tone(-10, 3);
  play(stereo);
  EXPECT_EQ(held(), 0);
  EXPECT_TRUE(std::equal(stereo.rbegin(), stereo.rbegin() + 96'000, out_.rbegin()));
}

TEST_F(ProgrammeSoundTest, SilenceStaysSilentAndTheGainStays) {
  sound_.set_rules(rules_to(-24));
  play(tone(-30, 8));
  const double gain = sound_.take_state().inputs[kPrimary].gain_db;
  sound_.ended(kPrimary);
  const std::vector<float> silence(96'000 * 4, 0.0F);
  put_out(kPrimary, silence);
  EXPECT_EQ(*std::max_element(out_.end() - 96'000, out_.end()), 0);
  const SoundState state = sound_.take_state();
  EXPECT_EQ(state.inputs[kPrimary].gain_db, gain);
  EXPECT_EQ(state.momentary_lufs, std::nullopt);
  EXPECT_TRUE(state.integrated_lufs);
}

TEST_F(ProgrammeSoundTest, WhatIsIntegratedBeginsAnewWithASession) {
  const MediaTime start(1000s);
  sound_.set_session("", start);
  play(tone(-30, 4));
  sound_.set_session("a", start + 4s);
  play(tone(-20, 4));
  SoundState state = sound_.take_state();
  EXPECT_NEAR(*state.integrated_lufs, -20, 0.2);
  EXPECT_EQ(state.session, "a");
  EXPECT_EQ(state.since, start + 4s);
  sound_.set_session("", start + 8s);
  play(tone(-20, 1));
  sound_.set_session("a", start + 9s);
  state = sound_.take_state();
  EXPECT_EQ(state.since, start + 4s) << "opened again, it goes on";
  EXPECT_EQ(words_of_loudness(state), "integrated -20.0 LUFS, range 0.0 LU, true peak -20.0 dBTP");
  sound_.set_session("b", start + 10s);
  EXPECT_EQ(words_of_loudness(sound_.take_state()), "integrated none, range none, true peak none");
}

}  // namespace
}  // namespace longmen
