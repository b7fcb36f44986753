#include "core/access/watch_rule.h"

#include <gtest/gtest.h>

#include "core/node/join.h"

namespace longmen {
namespace {

const WatchLeave kPerson{WatchBearer::kPerson, "li", "key",
                         WatchGrant::Instant(std::chrono::seconds(1'767'225'600))};
const WatchLeave kScreen{WatchBearer::kScreen, "screen 7", "key", kPerson.expires};

Channel channel_with(Access access) {
  Channel channel;
  channel.access = access;
  channel.watch_key = "key";
  return channel;
}

TEST(WatchRule, AnOpenChannelAsksForNothingAndWhatIsHiddenAlways) {
  const WatchRule open(channel_with(Access::kOpen));
  EXPECT_EQ(open.fault(std::nullopt, false), std::nullopt);
  EXPECT_EQ(open.fault(std::nullopt, true), WatchFault::kNoToken);
  EXPECT_EQ(open.fault(kPerson, true), std::nullopt);
}

TEST(WatchRule, WhoMayWatchDependsOnTheAccessAndTheLeave) {
  const WatchRule token(channel_with(Access::kToken)), screens(channel_with(Access::kScreens));
  EXPECT_EQ(token.fault(std::nullopt, false), WatchFault::kNoToken);
  EXPECT_EQ(token.fault(kPerson, false), std::nullopt);
  EXPECT_EQ(screens.fault(kPerson, false), WatchFault::kForScreens);
  EXPECT_EQ(screens.fault(kScreen, false), std::nullopt);
  WatchLeave of_another_key = kScreen;
  of_another_key.key = "before the restore";
  EXPECT_EQ(screens.fault(of_another_key, false), WatchFault::kAnotherKey);
}

TEST(WatchRule, WhatWasRevokedIsNoLeaveAnyMore) {
  Channel channel = channel_with(Access::kToken);
  channel.watch_revoked = {"screen 9", "screen 7", "a"};
  const WatchRule rule(channel);
  EXPECT_EQ(rule.fault(kScreen, false), WatchFault::kRevoked);
  EXPECT_EQ(rule.fault(kScreen, true), WatchFault::kRevoked);
  EXPECT_EQ(rule.fault(kPerson, false), std::nullopt);
  EXPECT_NE(rule, WatchRule(channel_with(Access::kToken)));
}

TEST(WatchRule, ALeaveTravelsWithItsJoin) {
  JoinRequest request;
  request.leave = kScreen;
  EXPECT_EQ(join_request_from_json(to_json(request))->leave, kScreen);
  request.leave.reset();
  EXPECT_EQ(join_request_from_json(to_json(request))->leave, std::nullopt);
  EXPECT_EQ(join_request_from_json(R"({"leave":{"bearer":"king","key":"key"}})")->leave,
            std::nullopt);
}

}  // namespace
}  // namespace longmen
