#include "core/rtp/video_receiver.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/rtp/reception.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

// A frame of `packets` FU-A fragments, the first of a keyframe (IDR) or not.
class VideoReceiverTest : public testing::Test {
 protected:
  Bytes fragment(bool keyframe, bool first, bool last) const {
    const uint8_t type = keyframe ? 5 : 1;
    return {0x7C, static_cast<uint8_t>((first ? 0x80 : 0) | (last ? 0x40 : 0) | type), 1, 2, 3};
  }
  // Pushes the packets of the next frame but those whose index in it is in `lost`.
  void frame(bool keyframe, size_t packets = 3, const std::vector<size_t>& lost = {}) {
    now_ += 33ms;
    for (size_t i = 0; i < packets; ++i, ++sequence_) {
      if (std::ranges::find(lost, i) != lost.end()) continue;
      push(sequence_, timestamp_, keyframe, i == 0, i + 1 == packets);
    }
    timestamp_ += 3000;
  }
  void push(uint16_t sequence, uint32_t timestamp, bool keyframe, bool first, bool last,
            bool repeat = false) {
    receiver_.push(sequence, {.marker = last, .timestamp = timestamp},
                   fragment(keyframe, first, last), {}, repeat, now_);
    completed_ += receiver_.frames().size();
  }

  VideoReceiver receiver_;
  Monotonic now_{100s};
  uint16_t sequence_ = 65530;
  uint32_t timestamp_ = 4294960000u;
  size_t completed_ = 0;
};

TEST_F(VideoReceiverTest, FramesAreWholeAcrossTheTurnOfBothNumbers) {
  frame(true);
  for (int i = 0; i < 20; ++i)
    frame(false);
  EXPECT_EQ(receiver_.counters().frames, 21u);
  EXPECT_EQ(receiver_.counters().keyframes, 1u);
  EXPECT_EQ(receiver_.counters().packets, 63u);
  EXPECT_EQ(receiver_.counters().broken, 0u);
  EXPECT_EQ(completed_, 21u);
  EXPECT_EQ(*receiver_.media_time_90khz() - 4294960000, 60'000);
  EXPECT_FALSE(receiver_.next_timeout());
}

TEST_F(VideoReceiverTest, ALostPacketIsAskedForAndRepaired) {
  frame(true);
  frame(false, 3, {1});
  const uint16_t missing = static_cast<uint16_t>(sequence_ - 2);
  frame(false);
  EXPECT_EQ(receiver_.counters().frames, 1u);  // nothing passes the gap
  EXPECT_TRUE(receiver_.handle_timeout(now_ - 20ms).empty());
  ASSERT_TRUE(receiver_.next_timeout());
  now_ = std::max(now_, *receiver_.next_timeout());
  EXPECT_EQ(receiver_.handle_timeout(now_), std::vector<uint16_t>{missing});
  EXPECT_TRUE(receiver_.handle_timeout(now_).empty());  // not twice at once
  push(missing, timestamp_ - 6000, false, false, false, true);
  EXPECT_EQ(receiver_.counters().frames, 3u);
  EXPECT_EQ(receiver_.counters().repaired, 1u);
  EXPECT_EQ(receiver_.counters().lost, 0u);
  push(missing, timestamp_ - 6000, false, false, false, true);
  EXPECT_EQ(receiver_.counters().duplicates, 1u);
}

TEST_F(VideoReceiverTest, WhatNobodyRepairsBreaksItsFrameAndWhatFollows) {
  frame(true);
  frame(false, 3, {0});
  frame(false);
  int requests = 0;
  while (receiver_.next_timeout()) {
    now_ = *receiver_.next_timeout();
    requests += static_cast<int>(receiver_.handle_timeout(now_).size());
  }
  EXPECT_EQ(requests, RepairOptions().max_requests);
  EXPECT_EQ(receiver_.counters().lost, 1u);
  EXPECT_EQ(receiver_.counters().broken, 1u);
  EXPECT_EQ(receiver_.counters().undecodable, 1u);
  EXPECT_EQ(receiver_.counters().frames, 1u);
  EXPECT_FALSE(receiver_.wants_keyframe(now_));
  EXPECT_TRUE(receiver_.wants_keyframe(now_ + 1s));
  EXPECT_FALSE(receiver_.wants_keyframe(now_ + 1s));
  frame(true);
  EXPECT_EQ(receiver_.counters().frames, 2u);
  EXPECT_FALSE(receiver_.wants_keyframe(now_ + 10s));
  EXPECT_EQ(receiver_.counters().short_freezes, 1u);
  EXPECT_EQ(receiver_.counters().long_freezes, 1u);
}

TEST_F(VideoReceiverTest, ReorderedIsNotLost) {
  frame(true);
  push(static_cast<uint16_t>(sequence_ + 1), timestamp_, false, false, true);
  push(sequence_, timestamp_, false, true, false);
  EXPECT_EQ(receiver_.counters().frames, 2u);
  EXPECT_FALSE(receiver_.next_timeout());
}

TEST_F(VideoReceiverTest, BeginningInsideAFrameIsNobodysFault) {
  push(9, 1000, false, false, true);
  EXPECT_EQ(receiver_.counters().broken, 0u);
  sequence_ = 10;
  frame(true);
  EXPECT_EQ(receiver_.counters().frames, 1u);
}

TEST_F(VideoReceiverTest, AJumpIsBounded) {
  frame(true);
  for (int i = 1; i < 60; ++i) {
    sequence_ = static_cast<uint16_t>(sequence_ + 20'000);
    frame(true, 1);
    now_ += 10ms;
  }
  EXPECT_LE(receiver_.handle_timeout(now_ + 1s).size(), RepairBuffer::kMaxHeldPackets + 1);
  EXPECT_GT(receiver_.counters().lost, 100'000u);
}

TEST(ReceptionTest, BlocksSayWhatWasLostSinceTheLast) {
  Reception reception(90'000);
  const Monotonic now{5s};
  for (uint16_t sequence = 65'530; sequence != 4; ++sequence)
    if (sequence != 65'534) reception.note_packet(sequence, sequence * 100u, now);
  auto block = reception.next_block(9, now);
  EXPECT_EQ(block.ssrc, 9u);
  EXPECT_EQ(block.cumulative_lost, 1);
  EXPECT_EQ(block.fraction_lost_256, 25);  // 1 of 10
  EXPECT_EQ(block.extended_highest_sequence, 65'536u + 3);
  block = reception.next_block(9, now);
  EXPECT_EQ(block.fraction_lost_256, 0);
  EXPECT_EQ(block.cumulative_lost, 1);
  rtcp::SenderReport report;
  report.ntp.value = 0x1122334455667788;
  reception.note_sender_report(report, now);
  block = reception.next_block(9, now + 500ms);
  EXPECT_EQ(block.last_sender_report, 0x33445566u);
  EXPECT_EQ(block.delay_since_last_sender_report, 32'768u);
}

TEST(ReceptionTest, TotalsOfAFilter) {
  Reception reception(90'000);
  reception.note_totals(65'000, 40);  // 40 came before anything was reported
  EXPECT_EQ(reception.expected(), 1u);
  EXPECT_EQ(reception.lost(), 0u);
  reception.note_totals(464, 40 + 990);
  EXPECT_EQ(reception.expected(), 1001u);
  EXPECT_EQ(reception.lost(), 10u);
}

TEST(ReceptionTest, JitterOfEvenArrivalsIsNone) {
  Reception even(90'000);
  Reception uneven(90'000);
  Monotonic now{5s};
  for (int i = 0; i < 300; ++i, now += 100ms) {
    even.note_packet(static_cast<uint16_t>(i), static_cast<uint32_t>(i) * 9000u, now);
    uneven.note_packet(static_cast<uint16_t>(i), static_cast<uint32_t>(i) * 9000u,
                       now + (i % 2) * 10ms);
  }
  EXPECT_LE(even.next_block(1, now).jitter, 1u);
  EXPECT_NEAR(uneven.next_block(1, now).jitter, 900, 20);
}

}  // namespace
}  // namespace longmen
