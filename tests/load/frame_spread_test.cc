#include "load/frame_spread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Monotonic kStart{100s};

class FrameSpreadTest : public ::testing::Test {
 protected:
  // Viewers count differently: each has joined at another time.
  FrameSpreadTest() { arrivals_ = {{500, kStart}, {20, kStart + 4ms}, {7, kStart + 8ms}}; }
  void frame(size_t viewer, Monotonic began) {
    ++arrivals_[viewer].frames;
    arrivals_[viewer].newest_began = began;
  }
  void look() { spread_.look(arrivals_); }

  std::vector<FrameArrival> arrivals_;
  FrameSpread spread_;
};

TEST_F(FrameSpreadTest, FromTheFirstToTheLastViewerOfTheSameFrame) {
  look();
  frame(2, kStart + 36ms);
  frame(0, kStart + 40ms);  // looked at first, though it was the last
  frame(1, kStart + 33ms);
  look();
  look();  // nothing new
  EXPECT_THAT(spread_.spreads_ms(), ElementsAre(7));
  EXPECT_EQ(spread_.missed(), 0u);
}

TEST_F(FrameSpreadTest, AFrameMayLastLongerThanTheNextOneTakesToBegin) {
  look();
  frame(0, kStart + 33ms);
  look();
  frame(0, kStart + 66ms);
  frame(1, kStart + 60ms);
  look();
  frame(1, kStart + 70ms);
  frame(2, kStart + 93ms);
  look();
  frame(2, kStart + 99ms);
  look();
  EXPECT_THAT(spread_.spreads_ms(), ElementsAre(60, 33));
}

TEST_F(FrameSpreadTest, CountingBeginsWhenAllHaveTheSameFrame) {
  frame(1, kStart + 33ms);
  look();  // in the middle of a frame
  frame(2, kStart + 36ms);
  frame(0, kStart + 40ms);
  look();
  for (size_t viewer : {0, 1, 2})
    frame(viewer, kStart + 66ms);
  look();
  EXPECT_THAT(spread_.spreads_ms(), ElementsAre(0));
}

TEST_F(FrameSpreadTest, WhatWasNotSeenIsMissedAndTheRestStillCounts) {
  look();
  for (int number = 1; number <= 20; ++number) {
    frame(0, kStart + number * 33ms);
    frame(1, kStart + number * 33ms);
    if (number == 2) {
      ++arrivals_[2].frames;  // it began unseen
    } else {
      frame(2, kStart + number * 33ms + 5ms);
    }
    look();
  }
  EXPECT_EQ(spread_.spreads_ms().size(), 19u);
  EXPECT_EQ(spread_.missed(), 1u);
}

TEST_F(FrameSpreadTest, NobodyHasNoFrames) {
  spread_.look({});
  EXPECT_THAT(spread_.spreads_ms(), IsEmpty());
}

}  // namespace
}  // namespace longmen
