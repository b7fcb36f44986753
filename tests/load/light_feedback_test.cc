// A filter that notes trains of a made-up programme, and what is told of them.
#include "load/light_feedback.h"

#include <gtest/gtest.h>

#include "core/bandwidth/bandwidth_estimator.h"
#include "core/bandwidth/rendition_choice.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

class LightFeedbackTest : public testing::Test {
 protected:
  // A buffer that comes now.
  void come(uint16_t packets) {
    count(packets);
    arrivals_[counted_.trains % kFilterArrivals] = {
        counted_.transport_sequence,
        static_cast<uint32_t>(now_.time_since_epoch().count() >> kArrivalShift)};
  }
  // The filter is not done with it.
  void count(uint16_t packets) {
    ++counted_.trains;
    counted_.transport_packets += packets;
    counted_.transport_sequence = (counted_.transport_sequence + packets) & 0xFFFF;
  }
  std::optional<rtcp::TransportFeedback> next() {
    return feedback_.next(counted_, arrivals_, now_);
  }
  // How often which arrival, relative to the first packet's, rounded to milliseconds.
  static std::vector<std::pair<int64_t, int>> spacing(const rtcp::TransportFeedback& feedback) {
    std::vector<std::pair<int64_t, int>> found;
    for (const rtcp::FeedbackPacket& packet : feedback.packets) {
      EXPECT_TRUE(packet.received);
      const int64_t at = std::chrono::round<std::chrono::milliseconds>(
                             packet.arrival - feedback.packets.front().arrival)
                             .count();
      if (found.empty() || found.back().first != at) found.emplace_back(at, 0);
      ++found.back().second;
    }
    return found;
  }

  FilterCounters counted_{.transport_sequence = 65'520};
  FilterArrivals arrivals_{};
  LightFeedback feedback_;
  Monotonic now_{std::chrono::hours(100)};
};

TEST_F(LightFeedbackTest, ATrainComesAtOneInstantAndIsToldOnce) {
  EXPECT_FALSE(next());
  come(7);
  now_ += 33ms;
  come(9);  // and one of sound, which wraps
  now_ += 12ms;
  come(1);
  now_ += 20ms;
  auto told = next();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->base_sequence, 65'521);
  EXPECT_EQ(told->packets.back().sequence, 1);
  EXPECT_EQ(spacing(*told), (std::vector<std::pair<int64_t, int>>{{0, 7}, {33, 9}, {45, 1}}));
  EXPECT_EQ(std::chrono::round<std::chrono::milliseconds>(now_.time_since_epoch() -
                                                          told->packets.back().arrival),
            20ms);
  EXPECT_FALSE(next());

  come(5);
  told = next();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->base_sequence, 2);
  EXPECT_EQ(told->feedback_count, 1);
  EXPECT_EQ(spacing(*told), (std::vector<std::pair<int64_t, int>>{{0, 5}}));
}

TEST_F(LightFeedbackTest, WhatTheRingHasNoMoreIsLeftOut) {
  for (size_t i = 0; i < 3 * kFilterArrivals; ++i) {
    come(2);
    now_ += 1ms;
  }
  const auto told = next();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->packets.size(), 2 * LightFeedback::kToldArrivals);
  EXPECT_EQ(told->packets.back().sequence, static_cast<uint16_t>(counted_.transport_sequence));
  EXPECT_EQ(spacing(*told).size(), LightFeedback::kToldArrivals);
}

TEST_F(LightFeedbackTest, ABufferThatIsNotNotedYetWaits) {
  count(3);
  EXPECT_FALSE(next());
  counted_ = {.transport_sequence = 65'520};
  come(4);
  count(3);
  const auto told = next();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->packets.size(), 4u);
}

// 2.2 Mbit/s in trains of 30 pictures a second, sound between them, over a link that is not felt.
TEST_F(LightFeedbackTest, OfALinkThatIsNotFeltTheServerThinksSo) {
  BandwidthEstimator estimator;
  uint16_t sequence = 65'521;
  const auto send = [&](uint16_t packets, size_t bytes) {
    estimator.note_sent({sequence, packets, packets, bytes, bytes}, now_);
    sequence = static_cast<uint16_t>(sequence + packets);
    now_ += 1ms;
    come(packets);
    now_ -= 1ms;
  };
  for (int ms = 0; ms < 10'000; ++ms, now_ += 1ms) {
    if (ms % 33 == 0) send(ms % 990 == 0 ? 32 : 5 + ms % 4, 1200);
    if (ms % 20 == 7) send(1, 200);
    if (ms % 100 != 60) continue;
    const auto told = next();
    ASSERT_TRUE(told);
    Bytes packet;
    rtcp::write_transport_feedback(*told, packet);
    const auto reader = rtcp::FeedbackReader::open(packet);
    ASSERT_TRUE(reader);
    estimator.handle_feedback(*reader, now_);
    const LinkView link = estimator.view(now_);
    EXPECT_LT(link.measured_queue, RenditionChoice::kCalmQueue) << ms;
    EXPECT_LT(link.standing_queue.value_or(0ms), RenditionChoice::kCalmQueue) << ms;
    EXPECT_EQ(link.loss.value_or(0), 0) << ms;
    EXPECT_GT(link.capacity.value_or(kbps(20'001)).bps, 20e6) << ms;
  }
  EXPECT_TRUE(estimator.capacity());
}

}  // namespace
}  // namespace longmen
