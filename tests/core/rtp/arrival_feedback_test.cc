#include "core/rtp/arrival_feedback.h"

#include <gtest/gtest.h>

#include "core/rtp/rtcp.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

rtcp::TransportFeedback read(const Bytes& bytes) {
  rtcp::TransportFeedback feedback;
  EXPECT_EQ(rtcp::decode_transport_feedback(bytes, feedback), DropReason::kNone);
  return feedback;
}

TEST(ArrivalFeedbackTest, SaysWhatCameAndWhatDidNot) {
  ArrivalFeedback arrivals;
  Bytes out;
  EXPECT_FALSE(arrivals.write(1, 2, out));
  arrivals.note(65535, Monotonic(10s));
  arrivals.note(1, Monotonic(10s + 20ms));  // before the one before it
  arrivals.note(0, Monotonic(10s + 25ms));
  arrivals.note(3, Monotonic(10s + 40ms));
  ASSERT_TRUE(arrivals.write(1, 2, out));
  const auto feedback = read(out);
  EXPECT_EQ(feedback.sender_ssrc, 1u);
  EXPECT_EQ(feedback.media_ssrc, 2u);
  EXPECT_EQ(feedback.base_sequence, 65535);
  ASSERT_EQ(feedback.packets.size(), 5u);
  EXPECT_FALSE(feedback.packets[3].received);
  EXPECT_EQ(feedback.packets[1].arrival - feedback.packets[0].arrival, rtcp::FeedbackTicks(25ms));
  EXPECT_EQ(feedback.packets[4].arrival - feedback.packets[0].arrival, rtcp::FeedbackTicks(40ms));
}

TEST(ArrivalFeedbackTest, GoesOnWhereItStopped) {
  ArrivalFeedback arrivals;
  Bytes out;
  arrivals.note(7, Monotonic(10s));
  ASSERT_TRUE(arrivals.write(1, 2, out));
  arrivals.note(10, Monotonic(10s + 2ms));
  out.clear();
  ASSERT_TRUE(arrivals.write(1, 2, out));
  const auto feedback = read(out);
  EXPECT_EQ(feedback.feedback_count, 1);
  EXPECT_EQ(feedback.base_sequence, 8);
  ASSERT_EQ(feedback.packets.size(), 3u);
  EXPECT_FALSE(feedback.packets[0].received);
  EXPECT_TRUE(feedback.packets[2].received);
}

// §3.1.1: a base that goes back, and nothing of what was said to have come.
TEST(ArrivalFeedbackTest, WhatComesAfterItWasSaidToBeLostIsTold) {
  ArrivalFeedback arrivals;
  Bytes out;
  for (const uint16_t sequence : {65534, 1, 2})
    arrivals.note(sequence, Monotonic(10s));
  ASSERT_TRUE(arrivals.write(1, 2, out));
  arrivals.note(0, Monotonic(10s + 30ms));
  arrivals.note(3, Monotonic(10s + 40ms));
  out.clear();
  ASSERT_TRUE(arrivals.write(1, 2, out));
  const auto feedback = read(out);
  EXPECT_EQ(feedback.base_sequence, 0);
  ASSERT_EQ(feedback.packets.size(), 4u);
  EXPECT_TRUE(feedback.packets[0].received);
  EXPECT_FALSE(feedback.packets[1].received);
  EXPECT_FALSE(feedback.packets[2].received);
  EXPECT_TRUE(feedback.packets[3].received);

  // One that is late alone: the next feedback goes on where the last but one stopped.
  arrivals.note(65535, Monotonic(10s + 90ms));
  out.clear();
  ASSERT_TRUE(arrivals.write(1, 2, out));
  EXPECT_EQ(read(out).base_sequence, 65535);
  EXPECT_EQ(read(out).packets.size(), 1u);
  arrivals.note(5, Monotonic(10s + 140ms));
  out.clear();
  ASSERT_TRUE(arrivals.write(1, 2, out));
  EXPECT_EQ(read(out).base_sequence, 4);
  EXPECT_EQ(read(out).feedback_count, 3);
}

TEST(ArrivalFeedbackTest, WhatIsTooLateIsNotTold) {
  constexpr auto kBack = static_cast<uint16_t>(ArrivalFeedback::kMostBack);
  ArrivalFeedback arrivals;
  Bytes out;
  arrivals.note(2000, Monotonic(10s));
  ASSERT_TRUE(arrivals.write(1, 2, out));
  out.clear();
  arrivals.note(2000 - kBack, Monotonic(10s + 1ms));
  EXPECT_FALSE(arrivals.write(1, 2, out));
  EXPECT_TRUE(out.empty());
  arrivals.note(2001 - kBack, Monotonic(10s + 2ms));
  ASSERT_TRUE(arrivals.write(1, 2, out));
  EXPECT_EQ(read(out).base_sequence, 2001 - kBack);
}

}  // namespace
}  // namespace longmen
