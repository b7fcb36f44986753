#include "core/node/air_line.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using std::chrono::seconds;
constexpr Flicks kDelay = seconds(5);

MediaTime at(int second) {
  return MediaTime(Flicks(seconds(1000 + second)));
}

TEST(AirLine, WithoutADelayEveryOrderIsInForceAtOnce) {
  AirLine line;
  AirOrder expected;
  int second = 0;
  for (const AirRule rule : {AirRule::kSlate, AirRule::kFeed, AirRule::kCut, AirRule::kSlate,
                             AirRule::kFeed, AirRule::kFeed}) {
    expected = followed_by(expected, rule, at(++second));
    line.order(rule, at(second), Flicks(0));
    EXPECT_EQ(line.in_force(), expected);
    EXPECT_FALSE(line.next());
  }
}

TEST(AirLine, WhatWasMadeUntilTheSlateWasOrderedIsShown) {
  AirLine line;
  line.order(AirRule::kSlate, at(0), kDelay);
  EXPECT_EQ(line.in_force().rule, AirRule::kFeed);
  EXPECT_EQ(line.next(), at(5));
  EXPECT_FALSE(line.advance(at(5) - Flicks(1)));
  EXPECT_TRUE(line.advance(at(5)));
  EXPECT_EQ(line.in_force().rule, AirRule::kSlate);
  EXPECT_FALSE(line.next());
}

TEST(AirLine, WhatIsMadeFromTheOrderOnIsShownAndNothingThatWasHeldAlready) {
  AirLine line(AirOrder{AirRule::kSlate, MediaTime(), {}});
  line.order(AirRule::kFeed, at(0), kDelay);
  EXPECT_EQ(line.in_force().rule, AirRule::kFeed);
  EXPECT_EQ(line.in_force().hidden_before, at(5)) << "made at 0, on air at 5";
}

TEST(AirLine, ACutWaitsForNothingAndWhatWasMadeBeforeItsEndNeverAirs) {
  AirLine line;
  line.order(AirRule::kCut, at(0), kDelay);
  EXPECT_EQ(line.in_force().rule, AirRule::kCut);
  EXPECT_EQ(line.in_force().cut_at, at(0));
  EXPECT_GE(line.in_force().hidden_before, at(5)) << "what is held then";
  line.order(AirRule::kFeed, at(3), kDelay);
  EXPECT_EQ(line.in_force().rule, AirRule::kFeed);
  EXPECT_EQ(line.in_force().hidden_before, at(8));
  EXPECT_EQ(line.in_force().cut_at, at(0));
}

TEST(AirLine, ACutOvertakesASlateThatWaits) {
  AirLine line;
  line.order(AirRule::kSlate, at(0), kDelay);
  line.order(AirRule::kCut, at(2), kDelay);
  EXPECT_EQ(line.in_force().rule, AirRule::kCut);
  EXPECT_FALSE(line.next());
  line.order(AirRule::kSlate, at(3), kDelay);  // which is still ordered below it
  EXPECT_EQ(line.in_force().rule, AirRule::kSlate);
  EXPECT_FALSE(line.advance(at(60)));
}

// A session is ended, and opened again before its end was on air.
TEST(AirLine, OrdersFollowEachOtherOnAirAsTheyWereGiven) {
  AirLine line;
  line.order(AirRule::kSlate, at(0), kDelay);
  line.order(AirRule::kFeed, at(2), kDelay);
  EXPECT_EQ(line.in_force(), AirOrder{}) << "made until 0";
  EXPECT_TRUE(line.advance(at(5)));
  EXPECT_EQ(line.in_force().rule, AirRule::kFeed);
  EXPECT_EQ(line.in_force().hidden_before, at(7)) << "made between 0 and 2 never airs";
}

TEST(AirLine, WhoOrdersToAndFroFillsNothing) {
  AirLine line;
  for (int i = 0; i < 100; ++i)
    line.order(i % 2 == 0 ? AirRule::kSlate : AirRule::kFeed, at(0), kDelay);
  line.order(AirRule::kSlate, at(0), kDelay);
  EXPECT_EQ(line.next(), at(5));
  line.advance(at(5));
  EXPECT_EQ(line.in_force().rule, AirRule::kSlate);
  EXPECT_FALSE(line.next());
}

}  // namespace
}  // namespace longmen
