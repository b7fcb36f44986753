// Two inputs of one sound, the backup 400 ms later, by clocks that the test turns.
#include "streamer/input_desk.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/time/audio_grid.h"
#include "streamer/gst_setup.h"
#include "tests/support/talk.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstOfTwo = ChannelInput::kPrimary, kSecondOfTwo = ChannelInput::kBackup;
constexpr Flicks kLater = 400ms;
constexpr I420Layout kSmall{64, 36};
const FrameGrid kThirty(30);
const SlotIndex kFirstSlot = kThirty.slot_at(MediaTime(1'764'000'000s));

class InputDeskTest : public ::testing::Test {
 protected:
  InputDeskTest() : desk_(kThirty, kSmall, rules()) {
    for (const ChannelInput input : kChannelInputs) {
      desk_.has_track(input, true, now());
      desk_.has_track(input, false, now());
    }
  }

  void SetUp() override { ASSERT_TRUE(set_up_gstreamer()); }

  static FailoverRules rules() {
    FailoverRules rules;
    for (ConditionRule& rule : rules.conditions)
      rule.after = 0ms;  // an order alone
    return rules;
  }

  // Slots of both, or of one alone; timestamps of theirs begin where each likes.
  void go_on(int slots, bool primary = true) {
    for (const int end = slot_ + slots; slot_ < end; ++slot_) {
      if (primary) give(kFirstOfTwo, Flicks(0), Flicks(0));
      give(kSecondOfTwo, kLater, Flicks(1407ms));
      desk_.decide(now(), at(slot_));
      while (const auto picture = desk_.poll_picture(at(slot_)))
        desk_.shown(kFirstSlot + slot_, desk_.input(), picture->source_time);
      while (desk_.poll_sound(at(slot_))) {
      }
      while (auto report = desk_.poll_report())
        reports_.push_back(*report);
    }
  }

  Monotonic now() const {
    return Monotonic(1000s) + floor_nanoseconds(slot_ * kThirty.slot_duration());
  }

  InputDesk desk_;
  std::vector<SwitchReport> reports_;
  int slot_ = 0;

 private:
  static MediaTime at(int slot) { return kThirty.time_of(kFirstSlot + slot); }

  void give(ChannelInput input, Flicks later, Flicks timestamps_begin) {
    BufferPtr picture(gst_buffer_new_allocate(nullptr, size_t{64} * 36 * 3 / 2, nullptr));
    // Another one each time, so that equal timestamps are no common time.
    gst_buffer_memset(picture.get(), 0, static_cast<uint8_t>(40 + slot_ * 7 % 150), SIZE_MAX);
    const Flicks since = slot_ * kThirty.slot_duration();
    desk_.picture(input, {std::move(picture), at(slot_), since + timestamps_begin}, now());
    constexpr int kSamples = 1600;
    const SampleIndex first = SampleIndex{slot_} * kSamples - sample_at(MediaTime(later));
    desk_.sound(input, {test::stereo(talk_, first, kSamples), at(slot_)}, 1, now());
  }

  const test::SoundAt talk_ = test::talk(1);
};

TEST_F(InputDeskTest, OfACommonSoundASwitchKnowsItsJump) {
  go_on(120);
  EXPECT_FALSE(desk_.backup_is_later());
  go_on(180);
  ASSERT_TRUE(desk_.backup_is_later());
  EXPECT_EQ(desk_.backup_is_later()->what, InCommon::kSound);
  EXPECT_EQ(desk_.backup_is_later()->by, kLater);
  desk_.set_order(kSecondOfTwo);
  go_on(30);
  desk_.set_order(kFirstOfTwo);
  go_on(30);
  ASSERT_EQ(reports_.size(), 3u);
  EXPECT_FALSE(reports_[0].jump_slots) << "from the slate";
  EXPECT_EQ(reports_[1].jump_slots, -12);
  EXPECT_EQ(reports_[1].jump_by, InCommon::kSound);
  EXPECT_EQ(reports_[2].jump_slots, 12);
}

TEST_F(InputDeskTest, WhatWasKnownOfASenderThatIsGoneHoldsForTheSwitchAwayFromIt) {
  go_on(300);
  desk_.end(kFirstOfTwo);
  EXPECT_FALSE(desk_.backup_is_later());
  desk_.set_order(kSecondOfTwo);
  go_on(10, false);
  ASSERT_EQ(reports_.size(), 2u);
  EXPECT_EQ(reports_[1].jump_slots, -12);
}

TEST_F(InputDeskTest, OfAnotherBackupNothingIsKnown) {
  go_on(300);
  desk_.end(kSecondOfTwo);
  desk_.set_order(kSecondOfTwo);
  go_on(10);
  ASSERT_EQ(reports_.size(), 2u);
  EXPECT_TRUE(reports_[1].stood_slots);
  EXPECT_FALSE(reports_[1].jump_slots);
}

}  // namespace
}  // namespace longmen
