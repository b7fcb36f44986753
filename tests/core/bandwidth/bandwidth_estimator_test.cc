#include "core/bandwidth/bandwidth_estimator.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;

// A link with a rate and nothing else on it. The receiver's clock has another zero.
class BandwidthEstimatorTest : public testing::Test {
 protected:
  static constexpr std::chrono::nanoseconds kWay = 20ms;  // each way

  // Sends packets of 1000 bytes on the wire as one train and notes when they arrive.
  void send(size_t packets) {
    estimator.note_sent({next_sequence, packets, packets, 972, 972}, now);
    for (size_t i = 0; i < packets; ++i, ++next_sequence) {
      free = std::max(free, now) + std::chrono::nanoseconds(static_cast<int64_t>(8000 / bps * 1e9));
      rtcp::FeedbackPacket packet;
      packet.sequence = next_sequence;
      packet.received = true;
      packet.arrival = std::chrono::duration_cast<rtcp::FeedbackTicks>(free.time_since_epoch() +
                                                                       kWay + path_detour + 7777s);
      pending.push_back(packet);
    }
  }
  void lose(size_t every) {
    for (rtcp::FeedbackPacket& packet : pending)
      if (packet.sequence % every == 0) packet.received = false;
  }

  // A report of all that has arrived, read half a round trip later (without moving the time).
  void report() {
    const auto arrived =
        std::chrono::duration_cast<rtcp::FeedbackTicks>(now.time_since_epoch() + 7777s);
    rtcp::TransportFeedback feedback;
    for (const rtcp::FeedbackPacket& packet : pending) {
      if (packet.received && packet.arrival > arrived) break;
      feedback.packets.push_back(packet);
    }
    if (feedback.packets.empty()) return;
    pending.erase(pending.begin(),
                  pending.begin() + static_cast<ptrdiff_t>(feedback.packets.size()));
    feedback.base_sequence = feedback.packets.front().sequence;
    for (const rtcp::FeedbackPacket& packet : feedback.packets)
      if (packet.received) {
        feedback.reference = packet.arrival;
        break;
      }
    Bytes bytes;
    rtcp::write_transport_feedback(feedback, bytes);
    estimator.handle_feedback(*rtcp::FeedbackReader::open(bytes), now);
  }

  // Trains of 6 packets every 33 ms (1.45 Mbit/s), reports every 99 ms.
  void stream(std::chrono::nanoseconds duration, size_t packets = 6, size_t lost_every = 0) {
    for (const Monotonic end = now + duration; now < end; now += 33ms) {
      send(packets);
      if (lost_every != 0) lose(lost_every);
      if (++frames % 3 == 0) report();
    }
  }
  double queue_ms() const { return to_seconds(estimator.predicted_queue(now)) * 1e3; }

  BandwidthEstimator estimator;
  std::vector<rtcp::FeedbackPacket> pending;
  uint16_t next_sequence = 65'000;
  Monotonic now{1000s};
  Monotonic free{};
  std::chrono::nanoseconds path_detour{0};
  double bps = 4e6;
  size_t frames = 0;
};

TEST_F(BandwidthEstimatorTest, NothingIsKnownWithoutFeedback) {
  for (int frame = 0; frame < 300; ++frame, now += 33ms)
    send(6);
  const LinkView view = estimator.view(now);
  EXPECT_FALSE(view.heard);
  EXPECT_FALSE(view.silent);
  EXPECT_FALSE(view.capacity);
  EXPECT_FALSE(view.loss);
}

TEST_F(BandwidthEstimatorTest, TheSpacingInsideTrainsIsTheLinksRate) {
  for (const double rate : {1.6e6, 4e6, 20e6}) {
    bps = rate;
    stream(2s);
    ASSERT_TRUE(estimator.capacity());
    EXPECT_NEAR(estimator.capacity()->bps, rate, rate * 0.1);
  }
  EXPECT_EQ(estimator.view(now).standing_queue, 0ns);
}

TEST_F(BandwidthEstimatorTest, TheQueueIsPredictedFromWhatLeft) {
  bps = 2e6;
  stream(2s);
  now += 100ms;  // all has left the link
  EXPECT_EQ(queue_ms(), 0);
  send(50);  // 50,000 bytes: 200 ms at 2 Mbit/s
  EXPECT_NEAR(queue_ms(), 200, 15);
  now += 50ms;
  EXPECT_NEAR(queue_ms(), 150, 15);
  report();
  EXPECT_NEAR(queue_ms(), 150, 15) << "what was measured says the same";
  now += 200ms;
  EXPECT_EQ(queue_ms(), 0);
}

TEST_F(BandwidthEstimatorTest, ASlowerLinkShowsInTheQueueAndTheRate) {
  stream(3s);
  bps = 1e6;
  stream(700ms);
  // 1.45 Mbit/s into 1 Mbit/s for 0.7 s: some 300 ms.
  EXPECT_NEAR(queue_ms(), to_seconds(free - now) * 1e3, 40);
  EXPECT_GT(estimator.view(now).measured_queue, 150ms);
  EXPECT_NEAR(estimator.capacity()->bps, 1e6, 1e5);
}

TEST_F(BandwidthEstimatorTest, LossIsCountedAndChangesNothingElse) {
  stream(4s, 6, 20);
  const LinkView view = estimator.view(now);
  ASSERT_TRUE(view.loss);
  EXPECT_NEAR(*view.loss, 0.05, 0.01);
  EXPECT_LT(view.proven_loss, 0.04);
  EXPECT_GT(view.proven_loss, 0.01);
  EXPECT_EQ(view.standing_queue, 0ns);
  EXPECT_NEAR(view.capacity->bps, 4e6, 8e5);
}

TEST_F(BandwidthEstimatorTest, APacketThatWasOnlyLateIsNotLost) {
  stream(1s);
  send(6);
  lose(3);  // 2 of them, first
  const std::vector<rtcp::FeedbackPacket> first = pending;
  now += 60ms;
  report();
  for (rtcp::FeedbackPacket packet : first) {  // and all of them again, when they have come
    packet.received = true;
    packet.arrival =
        std::chrono::duration_cast<rtcp::FeedbackTicks>(now.time_since_epoch() + 7777s);
    pending.push_back(packet);
  }
  now += 1ms;
  report();
  stream(1s);
  EXPECT_EQ(estimator.view(now).loss, 0.0);
}

TEST_F(BandwidthEstimatorTest, AReportThatWasLostIsNoLoss) {
  stream(1s);
  pending.clear();
  stream(2s);
  EXPECT_EQ(estimator.view(now).loss, 0.0);
  EXPECT_NEAR(estimator.capacity()->bps, 4e6, 4e5);
}

TEST_F(BandwidthEstimatorTest, ALongerPathIsNotAStandingQueue) {
  stream(3s);
  path_detour = 150ms;
  stream(600ms);
  EXPECT_GT(estimator.view(now).measured_queue, 140ms);
  stream(2s);
  EXPECT_LT(estimator.view(now).measured_queue, 10ms);
  EXPECT_LT(*estimator.view(now).standing_queue, 10ms);
}

TEST_F(BandwidthEstimatorTest, AShorterPathIsFollowedAtOnce) {
  path_detour = 150ms;
  stream(3s);
  path_detour = 0ms;
  stream(200ms);
  EXPECT_EQ(estimator.view(now).measured_queue, 0ns);
}

TEST_F(BandwidthEstimatorTest, SilenceIsNoticedAndForgottenInTheEnd) {
  stream(2s);
  const auto send_only = [this](std::chrono::nanoseconds duration) {
    for (const Monotonic end = now + duration; now < end; now += 20ms) {
      send(1);
      estimator.handle_timeout(now);
    }
  };
  send_only(900ms);
  EXPECT_FALSE(estimator.silent(now));
  send_only(200ms);
  EXPECT_TRUE(estimator.silent(now));
  send_only(4s);
  EXPECT_FALSE(estimator.heard()) << "as if nothing had ever been said";
  EXPECT_FALSE(estimator.silent(now));
}

TEST_F(BandwidthEstimatorTest, WhatALinkTookThatSaysNothingIsNotKnown) {
  for (int second = 0; second < 600; ++second, now += 1s)
    send(1000);  // 8 Mbit/s, more than is believed
  EXPECT_EQ(estimator.predicted_queue(now), 0ns);
}

TEST_F(BandwidthEstimatorTest, RembIsBelievedUntilTheRateIsMeasured) {
  EXPECT_EQ(estimator.believed_rate(), kAssumedCapacity);
  estimator.handle_remb(kbps(8000));
  EXPECT_EQ(estimator.believed_rate(), kbps(8000));
  estimator.handle_remb(Bitrate{});
  EXPECT_EQ(estimator.believed_rate(), kLeastBelieved);
  stream(2s);
  EXPECT_EQ(estimator.believed_rate(), estimator.capacity());
}

TEST_F(BandwidthEstimatorTest, SilenceNeedsSomethingToReport) {
  stream(2s);
  now += 50ms;
  report();
  now += 4s;  // nothing is on air
  send(1);
  EXPECT_FALSE(estimator.silent(now));
}

// As while pictures are held, where sound has no numbers.
TEST_F(BandwidthEstimatorTest, WhatHasNoNumberIsNotReported) {
  stream(2s);
  now += 50ms;
  report();
  for (const Monotonic end = now + 4s; now < end; now += 20ms)
    estimator.note_sent({next_sequence, 0, 1, 200, 200}, now);
  EXPECT_FALSE(estimator.silent(now));
  send(1);
  now += 1100ms;
  EXPECT_TRUE(estimator.silent(now));
}

TEST_F(BandwidthEstimatorTest, ReportsOfWhatWasNeverSentSayNothing) {
  Bytes bytes;
  rtcp::TransportFeedback feedback;
  feedback.base_sequence = 17;
  for (uint16_t i = 0; i < 100; ++i)
    feedback.packets.push_back({static_cast<uint16_t>(17 + i), true, rtcp::FeedbackTicks(i)});
  rtcp::write_transport_feedback(feedback, bytes);
  estimator.handle_feedback(*rtcp::FeedbackReader::open(bytes), now);
  EXPECT_FALSE(estimator.heard());
  send(3);
  estimator.handle_feedback(*rtcp::FeedbackReader::open(bytes), now);
  EXPECT_FALSE(estimator.heard());
}

}  // namespace
}  // namespace longmen
