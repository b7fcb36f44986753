#include "core/failover/input_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace longmen {
namespace {

using namespace std::chrono_literals;

// 128x72: a grey ramp that `shift` moves.
LumaLook moving(int shift) {
  std::vector<uint8_t> luma(128 * 72);
  for (size_t i = 0; i < luma.size(); ++i)
    luma[i] = static_cast<uint8_t>(40 + (i * 3 + static_cast<size_t>(shift) * 29) % 150);
  return LumaLook::at(luma.data(), 128, 72, 128);
}
LumaLook flat(uint8_t level) {
  const std::vector<uint8_t> luma(128 * 72, level);
  return LumaLook::at(luma.data(), 128, 72, 128);
}

TEST(LumaLook, BlackIsDarkButForTwoPercent) {
  EXPECT_TRUE(flat(16).is_black());
  EXPECT_TRUE(flat(32).is_black());
  EXPECT_FALSE(flat(33).is_black());
  std::vector<uint8_t> luma(640 * 360, 16);
  for (size_t line = 0; line < 6; ++line)  // some letters
    std::fill_n(luma.begin() + static_cast<ptrdiff_t>(line * 640), 320, 235);
  EXPECT_TRUE(LumaLook::at(luma.data(), 640, 360, 640).is_black());
  for (size_t i = 0; i < 640 * 30; ++i)
    luma[i] = 235;
  EXPECT_FALSE(LumaLook::at(luma.data(), 640, 360, 640).is_black());
}

TEST(LumaLook, StillIsWhatHardlyDiffers) {
  EXPECT_FALSE(flat(100).has_moved_since(flat(110))) << "as an encoder's keyframe differs";
  EXPECT_TRUE(flat(100).has_moved_since(flat(111)));
  EXPECT_TRUE(moving(1).has_moved_since(moving(0)));
  EXPECT_TRUE(moving(1).is_same_picture_as(moving(1)));
  EXPECT_FALSE(moving(1).is_same_picture_as(moving(0)));
}

TEST(LumaLook, GrainThatIsCodedAnewIsNoMovement) {
  std::minstd_rand dice(1);
  const auto grainy = [&dice](int shift) {
    std::vector<uint8_t> luma(640 * 360);
    for (size_t i = 0; i < luma.size(); ++i) {
      const int scene = (static_cast<int>(i % 640) + shift) / 40 % 2 == 0 ? 80 : 140;
      luma[i] = static_cast<uint8_t>(scene - 12 + static_cast<int>(dice() % 25));
    }
    return LumaLook::at(luma.data(), 640, 360, 640);
  };
  const LumaLook first = grainy(0);
  EXPECT_FALSE(grainy(0).has_moved_since(first));
  EXPECT_TRUE(grainy(8).has_moved_since(first));
}

TEST(LumaLook, ReadsPicturesOfAnySizeAndStride) {
  const std::vector<uint8_t> one(1, 200);
  EXPECT_FALSE(LumaLook::at(one.data(), 1, 1, 1).is_black());
  std::vector<uint8_t> padded(48 * 7, 255);  // what is beyond the width is none of the picture
  for (int line = 0; line < 7; ++line)
    std::fill_n(padded.begin() + line * 48, 33, 16);
  EXPECT_TRUE(LumaLook::at(padded.data(), 33, 7, 48).is_black());
}

class InputWatchTest : public testing::Test {
 protected:
  // Pictures at 10 a second and sound, from now to `until`.
  template <class Look>
  void play(Monotonic until, Look look, float peak = 0.1F) {
    for (; now_ < until; now_ += 100ms) {
      const LumaLook shown = look(static_cast<int>((now_ - Monotonic()) / 100ms));
      watch_.picture(&shown, now_);
      watch_.sound(peak, now_);
    }
  }
  void begin() {
    watch_.has_track(true, now_);
    watch_.has_track(false, now_);
  }
  bool has(Condition condition) { return watch_.look(now_).has(condition); }

  Monotonic now_{100s};
  const Monotonic start_ = now_;
  InputWatch watch_{FailoverRules()};
};

TEST_F(InputWatchTest, WhatHasGivenNothingHasNoData) {
  EXPECT_EQ(watch_.look(now_).worst(), Condition::kNoData);
  begin();
  EXPECT_EQ(watch_.look(now_).worst(), Condition::kNoData) << "tracks are no picture";
  watch_.sound(0.1F, now_);
  EXPECT_EQ(watch_.look(now_).worst(), Condition::kNoData) << "it has pictures, too";
  watch_.picture(nullptr, now_);
  EXPECT_TRUE(watch_.look(now_).none());
}

TEST_F(InputWatchTest, NoDataHasItsTimeUnlessTheSenderHangsUp) {
  begin();
  play(start_ + 1s, moving);
  now_ += 399ms;  // the last picture was 100 ms before
  EXPECT_TRUE(watch_.look(now_).none());
  now_ += 1ms;
  EXPECT_TRUE(has(Condition::kNoData));
  play(now_ + 100ms, moving);
  EXPECT_FALSE(has(Condition::kNoData)) << "it is back";
  watch_.end();
  EXPECT_TRUE(has(Condition::kNoData));
}

TEST_F(InputWatchTest, WhileItsSoundGoesOnAPictureMayBeOlder) {
  begin();
  play(start_ + 1s, moving);
  const Monotonic last_picture = now_ - 100ms;
  for (; now_ < last_picture + 2500ms; now_ += 100ms) {
    watch_.sound(0.1F, now_);
    ASSERT_FALSE(has(Condition::kNoData)) << (now_ - last_picture).count();
  }
  watch_.sound(0.1F, now_);
  EXPECT_TRUE(has(Condition::kNoData));
}

TEST_F(InputWatchTest, SoundAloneIsData) {
  watch_.has_track(false, now_);
  watch_.sound(0.1F, now_);
  EXPECT_TRUE(watch_.look(now_ + 499ms).none());
  EXPECT_TRUE(watch_.look(now_ + 500ms).has(Condition::kNoData));
}

TEST_F(InputWatchTest, BlackHasToLastWithoutABreak) {
  begin();
  const auto black = [](int) { return flat(16); };
  play(start_ + 4900ms, black);
  play(now_ + 100ms, moving);
  play(now_ + 4900ms, black);
  EXPECT_FALSE(has(Condition::kBlack));
  play(now_ + 200ms, black);
  EXPECT_TRUE(has(Condition::kBlack));
  play(now_ + 100ms, moving);
  EXPECT_FALSE(has(Condition::kBlack));
}

TEST_F(InputWatchTest, AFrozenPictureIsHeldAgainstTheOneThatFroze) {
  begin();
  const auto still = [](int) { return moving(3); };
  play(start_ + 9900ms, still);
  EXPECT_FALSE(has(Condition::kFrozen));
  play(start_ + 10s + 100ms, still);
  EXPECT_TRUE(has(Condition::kFrozen));
  play(now_ + 100ms, [](int) { return moving(4); });
  EXPECT_FALSE(has(Condition::kFrozen));
}

TEST_F(InputWatchTest, ASlowFadeMoves) {
  begin();
  play(start_ + 30s,
       [](int tenth) { return flat(static_cast<uint8_t>(60 + tenth % 1000 / 4 % 150)); });
  EXPECT_TRUE(watch_.look(now_).none());
}

TEST_F(InputWatchTest, SilenceIsBelowSixtyAndOfInputsWithSoundAlone) {
  watch_.has_track(true, now_);
  for (; now_ < start_ + 20s; now_ += 100ms) {
    const LumaLook look = moving(static_cast<int>((now_ - start_) / 100ms));
    watch_.picture(&look, now_);
  }
  EXPECT_TRUE(watch_.look(now_).none()) << "it has none";
  watch_.has_track(false, now_);
  play(now_ + 14900ms, moving, 0.0009F);
  EXPECT_TRUE(watch_.look(now_).none());
  play(now_ + 200ms, moving, 0.0009F);
  EXPECT_TRUE(has(Condition::kSilent));
  play(now_ + 100ms, moving, 0.0011F);
  EXPECT_TRUE(watch_.look(now_).none());
}

TEST_F(InputWatchTest, SoundThatStopsIsSilent) {
  begin();
  play(start_ + 1s, moving);
  for (; now_ < start_ + 16s; now_ += 100ms) {
    const LumaLook look = moving(static_cast<int>((now_ - start_) / 100ms));
    watch_.picture(&look, now_);
  }
  EXPECT_TRUE(has(Condition::kSilent));
}

TEST_F(InputWatchTest, ErrorsHaveToBeManyForSeconds) {
  begin();
  const auto second = [&](uint32_t errors) {
    watch_.errors(errors, now_);
    play(now_ + 1s, moving);
  };
  second(100);
  second(1);
  second(3);
  second(3);
  second(2);
  EXPECT_FALSE(has(Condition::kErrors)) << "never three bad ones in a row";
  for (int i = 0; i < 3; ++i)
    second(3);
  EXPECT_TRUE(has(Condition::kErrors));
  play(now_ + 1s, moving);
  EXPECT_FALSE(has(Condition::kErrors)) << "a second without";
}

TEST_F(InputWatchTest, WhatIsSwitchedOffDoesNotCount) {
  FailoverRules rules;
  for (const Condition condition : kConditions)
    rules.of(condition).after = 0ms;
  watch_.set_rules(rules);
  begin();
  play(
      start_ + 60s, [](int) { return flat(16); }, 0);
  now_ += 60s;
  EXPECT_TRUE(watch_.look(now_).none());
  watch_.end();
  EXPECT_TRUE(has(Condition::kNoData)) << "there is nothing to show";
}

TEST(ConditionSet, TheWorstCounts) {
  ConditionSet set;
  EXPECT_EQ(set.grade(), 0u);
  set.set(Condition::kFrozen);
  set.set(Condition::kSilent);
  EXPECT_EQ(set.worst(), Condition::kFrozen);
  ConditionSet black;
  black.set(Condition::kBlack);
  EXPECT_GT(black.grade(), set.grade());
}

}  // namespace
}  // namespace longmen
