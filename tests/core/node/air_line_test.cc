#include "core/node/air_line.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using std::chrono::seconds;
constexpr Flicks kDelay = seconds(5);

MediaTime at(int second) {
  return MediaTime(Flicks(seconds(1000 + second)));
}

// Of a node that has been there for a while.
AirLine held(AirRule rule = AirRule::kFeed) {
  AirLine line(AirOrder{rule, MediaTime(), {}});
  line.order(rule, at(-500), kDelay);
  return line;
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
  AirLine line = held();
  line.order(AirRule::kSlate, at(0), kDelay);
  EXPECT_EQ(line.in_force().rule, AirRule::kFeed);
  EXPECT_EQ(line.next(), at(5));
  EXPECT_FALSE(line.advance(at(5) - Flicks(1)));
  EXPECT_TRUE(line.advance(at(5)));
  EXPECT_EQ(line.in_force().rule, AirRule::kSlate);
  EXPECT_FALSE(line.next());
}

TEST(AirLine, WhatIsMadeFromTheOrderOnIsShownAndNothingThatWasHeldAlready) {
  AirLine line = held(AirRule::kSlate);
  line.order(AirRule::kFeed, at(0), kDelay);
  EXPECT_EQ(line.in_force().rule, AirRule::kFeed);
  EXPECT_EQ(line.in_force().hidden_before, at(5)) << "made at 0, on air at 5";
}

TEST(AirLine, ACutWaitsForNothingAndWhatWasMadeBeforeItsEndNeverAirs) {
  AirLine line = held();
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
  AirLine line = held();
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
  AirLine line = held();
  line.order(AirRule::kSlate, at(0), kDelay);
  line.order(AirRule::kFeed, at(2), kDelay);
  EXPECT_EQ(line.in_force(), AirOrder{}) << "made until 0";
  EXPECT_TRUE(line.advance(at(5)));
  EXPECT_EQ(line.in_force().rule, AirRule::kFeed);
  EXPECT_EQ(line.in_force().hidden_before, at(7)) << "made between 0 and 2 never airs";
}

TEST(AirLine, WhoOrdersToAndFroFillsNothing) {
  AirLine line = held();
  for (int i = 0; i < 100; ++i)
    line.order(i % 2 == 0 ? AirRule::kSlate : AirRule::kFeed, at(0), kDelay);
  line.order(AirRule::kSlate, at(0), kDelay);
  EXPECT_EQ(line.next(), at(5));
  line.advance(at(5));
  EXPECT_EQ(line.in_force().rule, AirRule::kSlate);
  EXPECT_FALSE(line.next());
}

TEST(AirLine, WithAnotherDelayNothingIsHeldAndNothingWaits) {
  AirLine line = held();
  line.order(AirRule::kSlate, at(0), seconds(5));
  line.order(AirRule::kSlate, at(1), seconds(0));
  EXPECT_EQ(line.in_force().rule, AirRule::kSlate) << "what is made from now on was ordered off";
  EXPECT_FALSE(line.next());

  AirLine begun = held(AirRule::kSlate);
  begun.order(AirRule::kFeed, at(0), seconds(5));
  begun.order(AirRule::kFeed, at(1), seconds(2));
  EXPECT_EQ(begun.in_force().hidden_before, at(3) + AirLine::kAnotherWithin) << "not at 5";
  AirLine longer = held(AirRule::kSlate);
  longer.order(AirRule::kFeed, at(0), seconds(5));
  longer.order(AirRule::kFeed, at(1), seconds(50));
  EXPECT_EQ(longer.in_force().hidden_before, at(5)) << "what is made now airs later anyway";
}

TEST(AirLine, ANodeThatStartsHoldsNothing) {
  AirLine line = held();
  line.order(AirRule::kSlate, at(0), kDelay);
  EXPECT_EQ(line.newest().rule, AirRule::kSlate);
  AirLine again(line.newest());
  EXPECT_EQ(again.in_force().rule, AirRule::kSlate);
  AirLine late(AirOrder{});  // that had not heard of it
  late.order(AirRule::kSlate, at(3), kDelay);
  EXPECT_EQ(late.in_force().rule, AirRule::kSlate);
}

}  // namespace
}  // namespace longmen
