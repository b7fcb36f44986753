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
  arrivals.note(6, Monotonic(10s + 1ms));  // it was told of 7 alone: what is before is not told
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

}  // namespace
}  // namespace longmen
