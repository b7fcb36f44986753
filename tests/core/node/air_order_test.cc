#include "core/node/air_order.h"

#include <gtest/gtest.h>

#include "core/node/channel.h"

namespace longmen {
namespace {

using std::chrono::seconds;
const MediaTime kThen{Flicks(seconds(1000))};
const MediaTime kOrderNow{Flicks(seconds(2000))};

TEST(AirOrder, WhatWasHeldBackStaysHidden) {
  const AirOrder feed;
  EXPECT_EQ(followed_by(feed, AirRule::kFeed, kOrderNow), feed);
  EXPECT_EQ(followed_by(feed, AirRule::kSlate, kOrderNow).hidden_before, MediaTime())
      << "what was public stays so";
  EXPECT_EQ(followed_by(feed, AirRule::kCut, kOrderNow).hidden_before, kOrderNow);
  const AirOrder slate{AirRule::kSlate, kThen, {}};
  EXPECT_EQ(followed_by(slate, AirRule::kFeed, kOrderNow),
            (AirOrder{AirRule::kFeed, kOrderNow, {}}));
  const AirOrder cut{AirRule::kCut, kThen, kThen};
  EXPECT_EQ(followed_by(cut, AirRule::kCut, kOrderNow), cut) << "told again, it is the same cut";
  EXPECT_EQ(followed_by(cut, AirRule::kSlate, kOrderNow),
            (AirOrder{AirRule::kSlate, kOrderNow, kThen}));
}

TEST(AirOrder, WhenTheLastCutWasIsKnownAlsoWhenItIsOver) {
  const AirOrder cut = followed_by({}, AirRule::kCut, kThen);
  EXPECT_EQ(cut.cut_at, kThen);
  const AirOrder over = followed_by(cut, AirRule::kFeed, kOrderNow);
  EXPECT_EQ(over.cut_at, kThen);
  EXPECT_EQ(followed_by(over, AirRule::kCut, kOrderNow).cut_at, kOrderNow);
  EXPECT_EQ(followed_by({}, AirRule::kSlate, kOrderNow).cut_at, MediaTime());
}

TEST(AirOrder, AnUnknownRuleHoldsNothingBack) {
  Channel channel;
  channel.id = "main";
  channel.name = "Main";
  channel.video = default_ladder();
  channel.air = {AirRule::kCut, kThen, kThen};
  std::string json = channels_to_json({channel});
  EXPECT_EQ(channels_from_json(json).value().front().air, channel.air);
  const std::string rule = "\"rule\":\"cut\"";
  json.replace(json.find(rule), rule.size(), "\"rule\":\"new\"");
  EXPECT_EQ(channels_from_json(json).value().front().air.rule, AirRule::kFeed);
}

}  // namespace
}  // namespace longmen
