#include "core/rtp/repair_buffer.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;

class RepairBufferTest : public testing::Test {
 protected:
  bool push(uint16_t sequence, bool by_rtx = false) {
    const uint8_t payload = static_cast<uint8_t>(sequence);
    return buffer_.push(sequence, {}, ByteSpan(&payload, 1), {}, by_rtx, now_);
  }
  // What comes out now, as the low bytes of sequence numbers; a gap before one is -1.
  std::vector<int> out() {
    std::vector<int> all;
    while (const auto packet = buffer_.poll()) {
      if (packet->gap) all.push_back(-1);
      all.push_back(packet->payload[0]);
    }
    return all;
  }

  RepairBuffer buffer_{
      {.first_request = 10ms, .request_interval = 100ms, .max_requests = 3, .patience = 400ms}};
  Monotonic now_{50s};
};

TEST_F(RepairBufferTest, WhatIsInOrderPassesAtOnceAcrossTheTurn) {
  for (uint16_t sequence : {65534, 65535, 0, 1})
    EXPECT_TRUE(push(sequence));
  EXPECT_EQ(out(), (std::vector<int>{254, 255, 0, 1}));
  EXPECT_FALSE(buffer_.next_timeout());
}

TEST_F(RepairBufferTest, WhatIsOutOfOrderIsNotAskedFor) {
  push(1);
  push(3);
  EXPECT_EQ(out(), (std::vector<int>{1}));
  EXPECT_EQ(*buffer_.next_timeout(), now_ + 10ms);
  now_ += 9ms;
  EXPECT_TRUE(buffer_.handle_timeout(now_).empty());
  push(2);
  EXPECT_EQ(out(), (std::vector<int>{2, 3}));
  EXPECT_EQ(buffer_.counters().missed, 1u);
  EXPECT_EQ(buffer_.counters().repaired, 0u);
  EXPECT_EQ(buffer_.counters().lost, 0u);
}

TEST_F(RepairBufferTest, IsAskedForAgainAndMended) {
  push(1);
  push(4);
  now_ += 10ms;
  EXPECT_EQ(buffer_.handle_timeout(now_), (std::vector<uint16_t>{2, 3}));
  now_ += 50ms;
  EXPECT_TRUE(push(2, true));
  now_ += 50ms;
  EXPECT_EQ(buffer_.handle_timeout(now_), (std::vector<uint16_t>{3}));
  EXPECT_TRUE(push(3));  // as it was: known by having been asked for
  EXPECT_FALSE(push(3, true));
  EXPECT_EQ(out(), (std::vector<int>{1, 2, 3, 4}));
  EXPECT_EQ(buffer_.counters().repaired, 2u);
  EXPECT_EQ(buffer_.counters().duplicates, 1u);
}

TEST_F(RepairBufferTest, IsGivenUpAfterSoManyRequestsAndGoesOnWithAGap) {
  push(1);
  push(3);
  int requests = 0;
  while (buffer_.next_timeout()) {
    now_ = *buffer_.next_timeout();
    requests += static_cast<int>(buffer_.handle_timeout(now_).size());
  }
  EXPECT_EQ(requests, 3);
  EXPECT_EQ(now_ - Monotonic(50s), 310ms);
  EXPECT_EQ(out(), (std::vector<int>{1, -1, 3}));
  EXPECT_FALSE(push(2));  // too late
  EXPECT_EQ(buffer_.counters().lost, 1u);
}

TEST_F(RepairBufferTest, IsGivenUpWhenPatienceIsOver) {
  buffer_.set_request_interval(300ms);
  push(1);
  push(3);
  now_ += 10ms;
  EXPECT_EQ(buffer_.handle_timeout(now_).size(), 1u);
  now_ = Monotonic(50s) + 310ms;
  EXPECT_EQ(buffer_.handle_timeout(now_).size(), 1u);
  EXPECT_EQ(*buffer_.next_timeout(), Monotonic(50s) + 400ms);
  now_ = *buffer_.next_timeout();
  EXPECT_TRUE(buffer_.handle_timeout(now_).empty());
  EXPECT_EQ(out(), (std::vector<int>{1, -1, 3}));
}

TEST_F(RepairBufferTest, AStormOfRequestsIsBounded) {
  push(1);
  push(1501);
  now_ += 10ms;
  EXPECT_EQ(buffer_.handle_timeout(now_).size(), RepairBuffer::kMaxRequestsAtOnce);
  push(30'000);  // and then nothing of what was between is waited for
  EXPECT_GT(buffer_.counters().lost, 25'000u);
  EXPECT_EQ(out(), (std::vector<int>{1, -1, 1501 & 255, -1, 30'000 & 255}));
}

TEST_F(RepairBufferTest, WhoBeginsItsNumbersAnewIsFollowed) {
  push(5000);
  push(5001);
  (void)out();
  // Repeats here and there are nothing new.
  for (int count = 0; count < 100; ++count)
    EXPECT_FALSE(push(count % 2 == 0 ? 4000 : 4500));
  for (uint16_t count = 0; count + 1u < RepairBuffer::kBehindInARow; ++count)
    EXPECT_FALSE(push(static_cast<uint16_t>(100 + count)));
  EXPECT_TRUE(push(100 + RepairBuffer::kBehindInARow - 1));
  EXPECT_TRUE(push(100 + RepairBuffer::kBehindInARow));
  EXPECT_EQ(out(), (std::vector<int>{-1, 131, 132}));
}

}  // namespace
}  // namespace longmen
