#include "core/session/wall_replay_rule.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace longmen {
namespace {

boost::json::object wall_json(const char* text) {
  return boost::json::parse(text).as_object();
}

TEST(WallReplayRule, TravelsAsJson) {
  const WallReplayRule rule{WallReplayWhat::kDay, 23 * 60 + 59, 7, 240, true};
  EXPECT_EQ(
      to_json(rule),
      wall_json(
          R"({"what":"day","from":"23:59","until":"00:07","minutes_before":240,"sound":true})"));
  EXPECT_EQ(read_wall_replay_rule(to_json(rule), {}), rule);
  EXPECT_EQ(read_wall_replay_rule(to_json(WallReplayRule()), rule), WallReplayRule());
}

TEST(WallReplayRule, WhatIsAbsentStays) {
  const WallReplayRule rule{WallReplayWhat::kDay, 1, 2, 3, true};
  const auto read = read_wall_replay_rule(wall_json(R"({"what":"last"})"), rule);
  EXPECT_EQ(read, (WallReplayRule{WallReplayWhat::kLast, 1, 2, 3, true}));
}

TEST(WallReplayRule, MistakesAreNamed) {
  const auto words = [](const char* text) {
    const auto read = read_wall_replay_rule(wall_json(text), {});
    return read ? std::string() : read.error().message;
  };
  EXPECT_EQ(words(R"({"what":"all"})"), "what: off, last or day is allowed");
  EXPECT_EQ(words(R"({"what":1})"), "what: off, last or day is allowed");
  for (const char* clock : {"24:00", "12:60", "7:30", "07-30", "07:3x", "", "007:30"}) {
    EXPECT_EQ(words(("{\"from\":\"" + std::string(clock) + "\"}").c_str()),
              "from: 00:00 to 23:59 is allowed");
  }
  EXPECT_EQ(words(R"({"until":480})"), "until: 00:00 to 23:59 is allowed");
  EXPECT_EQ(words(R"({"minutes_before":241})"), "minutes_before: 0 to 240 is allowed");
  EXPECT_EQ(words(R"({"minutes_before":-1})"), "minutes_before: 0 to 240 is allowed");
  EXPECT_EQ(words(R"({"sound":"on"})"), "sound: true or false is allowed");
  EXPECT_EQ(words(R"({"hour":1})"), "there is no field \"hour\" here");
}

}  // namespace
}  // namespace longmen
