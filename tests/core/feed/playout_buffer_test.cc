#include "core/feed/playout_buffer.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;

class PlayoutBufferTest : public testing::Test {
 protected:
  // A picture of feed time `time` that is there `late` after the fastest way.
  void picture(std::chrono::milliseconds time, std::chrono::milliseconds late = 0ms) {
    buffer_.push({true, Flicks(time), Bytes(100), Monotonic(1000s + time + late)});
  }
  // When each of those that wait goes on, against its feed time.
  std::vector<std::chrono::milliseconds> delays() {
    std::vector<std::chrono::milliseconds> all;
    while (const auto due = buffer_.next_timeout()) {
      const auto unit = buffer_.poll(*due);
      EXPECT_TRUE(unit);
      EXPECT_EQ(unit->arrival, *due);
      all.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(
          *due - Monotonic(1000s) - floor_nanoseconds(unit->time)));
    }
    return all;
  }

  PlayoutBuffer buffer_{400ms};
};

TEST_F(PlayoutBufferTest, AGoodPathCostsNoTime) {
  for (int i = 0; i < 100; ++i) {
    picture(i * 33ms, i % 5 * 10ms);
    EXPECT_EQ(delays(), std::vector{i % 5 * 10ms});
  }
  EXPECT_EQ(buffer_.delay(), 0ms);
}

TEST_F(PlayoutBufferTest, WhatHadToBeMendedIsLevelled) {
  for (int i = 0; i < 30; ++i)
    picture(i * 33ms);
  EXPECT_EQ(delays().size(), 30u);
  // One is mended after 150 ms, and those behind it waited for it.
  const auto mended = 30 * 33ms + 150ms;
  for (int i = 30; i < 34; ++i)
    picture(i * 33ms, mended - i * 33ms);
  EXPECT_EQ(delays(), std::vector<std::chrono::milliseconds>(4, 150ms));
  for (int i = 35; i < 60; ++i) {
    picture(i * 33ms);
    EXPECT_EQ(delays(), std::vector{150ms});
  }
  EXPECT_EQ(buffer_.delay(), 150ms);
}

TEST_F(PlayoutBufferTest, TheDelayIsForgottenWhenThePathIsGoodAgain) {
  picture(0ms);
  picture(33ms, 200ms);
  EXPECT_EQ(delays(), (std::vector{200ms, 200ms}));
  for (auto time = 66ms; time < 80s; time += 33ms) {
    picture(time);
    (void)delays();
  }
  EXPECT_EQ(buffer_.delay(), 0ms);
  picture(90s);
  EXPECT_EQ(delays(), std::vector{0ms});
}

TEST_F(PlayoutBufferTest, NothingWaitsLongerThanItMay) {
  picture(0ms);
  picture(33ms, 5s);
  picture(66ms);
  const auto all = delays();
  EXPECT_EQ(all[0], 400ms);
  EXPECT_EQ(all[1], 5000ms);
  EXPECT_EQ(all[2], 400ms);
}

TEST_F(PlayoutBufferTest, APathThatHasBecomeLongerIsTheBase) {
  for (auto time = 0ms; time < 5s; time += 33ms)
    picture(time);
  (void)delays();
  for (auto time = 5s; time < 90s; time += 1s) {
    picture(time, 300ms);
    (void)delays();
  }
  EXPECT_EQ(buffer_.delay(), 0ms);
  picture(91s, 300ms);
  EXPECT_EQ(delays(), std::vector{300ms});
}

TEST_F(PlayoutBufferTest, BothTracksWaitTheSameAndEachHasItsWay) {
  picture(0ms);
  buffer_.push({false, Flicks(10s), Bytes(10), Monotonic(1000s)});  // a time of its own
  picture(33ms, 100ms);
  buffer_.push({false, Flicks(10s + 20ms), Bytes(10), Monotonic(1000s + 20ms)});
  EXPECT_EQ(delays(), (std::vector{100ms - 10s, 100ms, 100ms - 10s, 100ms}));
  buffer_.restart(false);
  buffer_.push({false, Flicks(12s), Bytes(10), Monotonic(1000s + 40ms)});
  EXPECT_EQ(delays(), std::vector{140ms - 12s});
}

TEST_F(PlayoutBufferTest, IsBounded) {
  picture(0ms);
  picture(1ms, 390ms);
  for (size_t i = 2; i < PlayoutBuffer::kMaxWaiting + 10; ++i)
    picture(std::chrono::milliseconds(390 + i / 1000), 1ms);
  const Monotonic now(1000s + 391ms);
  while (buffer_.poll(now)) {
  }
  EXPECT_LE(buffer_.waiting(), PlayoutBuffer::kMaxWaiting);
}

}  // namespace
}  // namespace longmen
