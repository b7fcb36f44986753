#include "core/bandwidth/probe.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;

class ProbeTest : public testing::Test {
 protected:
  ProbeTest() {
    link.heard = true;
    link.standing_queue = 0ns;
    probe.start(kbps(600), kbps(2400), link, begin);
  }
  // Sends all that is due up to then.
  void send_until(Monotonic until) {
    for (Monotonic now = begin; now <= until; now += 10ms)
      probe.note_sent(probe.due_bytes(now));
  }
  std::optional<Bitrate> verdict_at(std::chrono::nanoseconds since, std::chrono::nanoseconds back) {
    return probe.verdict(link, begin + since - back, begin + since);
  }

  Probe probe;
  LinkView link;
  Monotonic begin{100s};
};

TEST_F(ProbeTest, PaddingGrowsEvenly) {
  // 1.8 Mbit/s more within 600 ms: t^2 x 1.5 Mbit/s^2; then 1.8 Mbit/s.
  EXPECT_EQ(probe.due_bytes(begin), 0u);
  EXPECT_NEAR(static_cast<double>(probe.due_bytes(begin + 300ms)), 0.09 * 1.5e6 / 8, 2);
  EXPECT_NEAR(static_cast<double>(probe.due_bytes(begin + 600ms)), 67'500, 2);
  EXPECT_NEAR(static_cast<double>(probe.due_bytes(begin + 1000ms)), 67'500 + 90'000, 2);
  probe.note_sent(157'000);
  EXPECT_NEAR(static_cast<double>(probe.due_bytes(begin + 1000ms)), 500, 2);
  EXPECT_EQ(probe.due_bytes(begin + 1001ms), 0u);
}

TEST_F(ProbeTest, WithoutAQueueTheWholeRateWasCarried) {
  send_until(begin + 1s);
  EXPECT_FALSE(verdict_at(1050ms, 100ms)) << "the last packets are not reported yet";
  EXPECT_EQ(verdict_at(1150ms, 100ms), kbps(2400));
  EXPECT_FALSE(probe.under_way());
}

TEST_F(ProbeTest, AQueueEndsItWithTheLinksRate) {
  send_until(begin + 400ms);
  link.measured_queue = 90ms;
  EXPECT_FALSE(verdict_at(400ms, 100ms));
  link.measured_queue = 110ms;
  link.capacity = kbps(1100);
  EXPECT_EQ(verdict_at(410ms, 100ms), kbps(1100));
  EXPECT_EQ(probe.due_bytes(begin + 420ms), 0u);
}

TEST_F(ProbeTest, AQueueOfOthersEndsItWithWhatWasSent) {
  link.measured_queue = 110ms;
  link.capacity = kbps(5000);
  EXPECT_EQ(verdict_at(400ms, 100ms), kbps(600 + 900));
}

TEST_F(ProbeTest, LossEndsIt) {
  link.loss = 0.06;
  EXPECT_EQ(verdict_at(400ms, 100ms), kbps(600));
}

TEST_F(ProbeTest, LossThatWasThereBeforeDoesNot) {
  Probe other;
  link.loss = 0.06;
  other.start(kbps(600), kbps(2400), link, begin);
  link.loss = 0.09;
  EXPECT_FALSE(other.verdict(link, begin + 300ms, begin + 400ms));
}

TEST_F(ProbeTest, WhatCouldNotBeSentProvesNothing) {
  probe.note_sent(157'500 / 2);
  EXPECT_NEAR(verdict_at(1200ms, 100ms)->bps, 1.5e6, 1e3);
}

TEST_F(ProbeTest, WithoutAnAnswerItFails) {
  EXPECT_FALSE(probe.verdict(link, begin - 10ms, begin + 1900ms));
  EXPECT_EQ(probe.verdict(link, begin - 10ms, begin + 2001ms), kbps(600));
}

TEST_F(ProbeTest, ItIsBounded) {
  Probe other;
  other.start(kbps(600), kbps(100'000), link, begin);
  EXPECT_EQ(other.due_bytes(begin + 1s), Probe::kMaxProbeBytes);
}

}  // namespace
}  // namespace longmen
