#include "core/rtp/reorder_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace longmen {
namespace {

using namespace std::chrono_literals;

class ReorderBufferTest : public testing::Test {
 protected:
  DropReason push(uint16_t sequence, Monotonic now = Monotonic(0ms)) {
    const uint8_t byte = static_cast<uint8_t>(sequence);
    const auto pushed = buffer_.push(sequence, ByteSpan(&byte, 1), now);
    return pushed ? DropReason::kNone : pushed.error();
  }
  // "1 2 !4": the low bytes of what is due; '!' where others are missing before it.
  std::string due(Monotonic now = Monotonic(0ms)) {
    std::string text;
    while (const auto packet = buffer_.poll(now)) {
      if (!text.empty()) text += ' ';
      text += (packet->gap ? "!" : "") + std::to_string(packet->payload[0]);
    }
    return text;
  }
  ReorderBuffer buffer_{100ms};
};

TEST_F(ReorderBufferTest, WhatIsInOrderPassesAtOnce) {
  EXPECT_EQ(push(65535), DropReason::kNone);
  EXPECT_EQ(due(), "255");
  EXPECT_EQ(push(0), DropReason::kNone);
  EXPECT_EQ(due(), "0");
}

TEST_F(ReorderBufferTest, WhatIsAheadWaitsForThoseBetween) {
  push(10), push(12), push(13);
  EXPECT_EQ(due(), "10");
  EXPECT_EQ(buffer_.next_timeout(), Monotonic(100ms));
  push(11);
  EXPECT_EQ(due(), "11 12 13");
  EXPECT_EQ(buffer_.next_timeout(), std::nullopt);
}

TEST_F(ReorderBufferTest, ButNoLongerThanItsPatience) {
  push(10), push(12);
  EXPECT_EQ(due(), "10");
  EXPECT_EQ(due(Monotonic(99ms)), "");
  EXPECT_EQ(due(Monotonic(100ms)), "!12");
  EXPECT_EQ(push(11), DropReason::kStale);
}

TEST_F(ReorderBufferTest, CountsWhatPassedAndWhatDidNotCome) {
  push(10), push(12), push(16);
  EXPECT_EQ(due(Monotonic(100ms)), "10 !12 !16");
  EXPECT_EQ(buffer_.passed(), 3u);
  EXPECT_EQ(buffer_.lost(), 4u);
  buffer_.restart();
  push(40'000), push(40'001);
  EXPECT_EQ(due(Monotonic(100ms)), "!64 65");
  EXPECT_EQ(buffer_.passed(), 5u);
  EXPECT_EQ(buffer_.lost(), 4u) << "another sender's numbers are not missing";
}

TEST_F(ReorderBufferTest, ARepeatedPacketIsRefused) {
  push(10), push(12);
  EXPECT_EQ(push(12), DropReason::kReplayed);
  due();
  EXPECT_EQ(push(10), DropReason::kStale);
}

TEST_F(ReorderBufferTest, AnotherBeginningIsFollowed) {
  push(10), push(20);
  due();
  EXPECT_EQ(push(30000), DropReason::kNone);
  EXPECT_EQ(due(), "!48");
  EXPECT_EQ(push(30001), DropReason::kNone);
  EXPECT_EQ(due(), "49");
}

TEST_F(ReorderBufferTest, HoldsSoManyAndNoMore) {
  push(0);
  EXPECT_EQ(due(), "0");
  for (uint16_t sequence = 2; sequence <= ReorderBuffer::kMaxWaiting + 1; ++sequence)
    push(sequence);
  EXPECT_EQ(due(), "");
  push(ReorderBuffer::kMaxWaiting + 2);
  EXPECT_EQ(due().substr(0, 6), "!2 3 4");
}

}  // namespace
}  // namespace longmen
