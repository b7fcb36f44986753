#include "core/failover/failover_rules.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace longmen {
namespace {

using namespace std::chrono_literals;

boost::json::object object_of(const char* text) {
  return boost::json::parse(text).as_object();
}

TEST(FailoverRules, TravelAsJson) {
  FailoverRules rules;
  rules.of(Condition::kBlack) = {1500ms, false};
  rules.of(Condition::kFrozen).after = 0ms;
  rules.errors_per_second = 7;
  rules.return_after.reset();
  EXPECT_EQ(read_failover_rules(to_json(rules), {}), rules);
  EXPECT_EQ(read_failover_rules(to_json(FailoverRules()), rules), FailoverRules());
}

TEST(FailoverRules, WhatIsAbsentStays) {
  const auto read =
      read_failover_rules(object_of(R"({"silent":{"after_ms":3000},"return_after_ms":0})"), {});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->of(Condition::kSilent), (ConditionRule{3s, false}));
  EXPECT_EQ(read->of(Condition::kBlack), FailoverRules().of(Condition::kBlack));
  EXPECT_EQ(read->return_after, 0ms);
}

TEST(FailoverRules, MistakesAreNamed) {
  const auto words = [](const char* text) {
    const auto read = read_failover_rules(object_of(text), {});
    return read ? std::string() : read.error().message;
  };
  EXPECT_EQ(words(R"({"black":{"after_ms":99}})"), "black.after_ms: 0 or 100 to 600000 is allowed");
  EXPECT_EQ(words(R"({"black":{"after_ms":"1"}})"),
            "black.after_ms: 0 or 100 to 600000 is allowed");
  EXPECT_EQ(words(R"({"black":{"else":"live"}})"), "black.else: slate or stay is allowed");
  EXPECT_EQ(words(R"({"black":7})"), "black: an object is allowed");
  EXPECT_EQ(words(R"({"black":{"x":7}})"), "black: after_ms and else are allowed");
  EXPECT_EQ(words(R"({"blue":{}})"), "there is no field \"blue\" here");
  EXPECT_EQ(words(R"({"errors_per_second":0})"), "errors_per_second: 1 to 10000 is allowed");
  EXPECT_EQ(words(R"({"return_after_ms":600001})"),
            "return_after_ms: 0 or 100 to 600000 is allowed, and null for by hand");
}

}  // namespace
}  // namespace longmen
