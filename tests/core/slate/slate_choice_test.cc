#include "core/slate/slate_choice.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;

SlateSource file(char digit, bool clip = false) {
  return {std::string(64, digit), clip, ""};
}
SlateSource card(const std::string& title) {
  return {"", false, title};
}

constexpr int64_t kLiveAt = 1'795'692'600'000;

SlateSituation situation() {
  SlateSituation now;
  now.library = {{"a", file('a')}, {"b", file('b', true)}, {"c", file('c')}};
  return now;
}

TEST(SlateChoice, WithoutAnyTheCardHasTheSessionsTitle) {
  SlateSituation now = situation();
  now.library.clear();
  now.next = SessionOfPlan{"next", {}, kLiveAt};
  now.live = SessionOfPlan{"live", {}, 0};
  now.last = SessionOfPlan{"last", {}, kLiveAt - 3'600'000};
  const SlatePlan plan = plan_slates(now);
  EXPECT_EQ(plan.on[SlateOccasion::kBefore], card("next"));
  EXPECT_EQ(plan.on[SlateOccasion::kBreak], card("live"));
  EXPECT_EQ(plan.on[SlateOccasion::kTrouble], card("live"));
  EXPECT_EQ(plan.on[SlateOccasion::kCut], card("live"));
  EXPECT_TRUE(plan.on[SlateOccasion::kAfter].is_plain_card());
  EXPECT_TRUE(plan_slates({}).on[SlateOccasion::kBefore].is_plain_card());
}

TEST(SlateChoice, ASessionsGoesBeforeTheChannels) {
  SlateSituation now = situation();
  now.channel.on.values.fill("a");
  now.live = SessionOfPlan{"live", {}, 0};
  now.live->chosen[SlateOccasion::kTrouble] = "b";
  now.live->chosen[SlateOccasion::kBefore] = "c";  // it is not the next one
  const SlatePlan plan = plan_slates(now);
  EXPECT_EQ(plan.on[SlateOccasion::kTrouble], file('b', true));
  EXPECT_EQ(plan.on[SlateOccasion::kBreak], file('a'));
  EXPECT_EQ(plan.on[SlateOccasion::kBefore], file('a'));
}

TEST(SlateChoice, WhatIsOrderedGoesBeforeBoth) {
  SlateSituation now = situation();
  now.channel.on.values.fill("a");
  now.break_ordered = true;
  now.ordered = "b";
  now.cut = "c";
  SlatePlan plan = plan_slates(now);
  EXPECT_TRUE(plan.break_ordered);
  EXPECT_EQ(plan.on[SlateOccasion::kBreak], file('b', true));
  EXPECT_EQ(plan.on[SlateOccasion::kCut], file('c'));
  EXPECT_EQ(plan.on[SlateOccasion::kTrouble], file('a'));
  now.cut = "gone";  // what was chosen stands in for what is there no more
  EXPECT_EQ(plan_slates(now).on[SlateOccasion::kCut], file('a'));
}

TEST(SlateChoice, OneThatIsGoneIsTheNextBest) {
  SlateSituation now = situation();
  now.channel.on[SlateOccasion::kTrouble] = "x";
  EXPECT_TRUE(plan_slates(now).on[SlateOccasion::kTrouble].is_plain_card());
  now.channel.on[SlateOccasion::kTrouble] = "a";
  now.live = SessionOfPlan{"live", {}, 0};
  now.live->chosen[SlateOccasion::kTrouble] = "x";
  EXPECT_EQ(plan_slates(now).on[SlateOccasion::kTrouble], file('a'));
}

TEST(SlateChoice, AllOfTheLibraryIsKeptAtHandOnce) {
  SlateSituation now = situation();
  now.channel.on[SlateOccasion::kTrouble] = "b";
  const auto sources = sources_of(plan_slates(now));
  ASSERT_EQ(sources.size(), 3U);
  EXPECT_EQ(sources.front(), file('b', true)) << "what is shown comes first";
}

TEST(SlateChoice, AfterLastsUntilTheNextOneIsNear) {
  SlateSituation now = situation();
  EXPECT_EQ(plan_slates(now).before_from, MediaTime()) << "nothing was, so nothing is after it";
  now.last = SessionOfPlan{"last", {}, kLiveAt};
  const MediaTime end{Flicks(std::chrono::milliseconds(kLiveAt))};
  EXPECT_EQ(plan_slates(now).before_from, end + Flicks(kAfterLasts));
  now.next = SessionOfPlan{"next", {}, kLiveAt + 86'400'000};
  EXPECT_EQ(plan_slates(now).before_from, end + Flicks(24h) - Flicks(30min));
  now.channel.before_minutes = 0;
  EXPECT_EQ(plan_slates(now).before_from, end + Flicks(24h));
}

TEST(SlateChoice, IsReadWithWordsAboutWhatIsWrong) {
  const auto read = [](const char* text) {
    return read_slate_choice(boost::json::parse(text).as_object(), {});
  };
  const auto choice = read(R"({"trouble":"a","cut":null,"before_minutes":5})");
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->on[SlateOccasion::kTrouble], "a");
  EXPECT_EQ(choice->before_minutes, 5);
  EXPECT_EQ(read_slate_choice(to_json(*choice), {}).value(), *choice);
  EXPECT_FALSE(read(R"({"trouble":7})"));
  EXPECT_FALSE(read(R"({"later":"a"})"));
  EXPECT_FALSE(read(R"({"before_minutes":-1})"));
  EXPECT_FALSE(read(R"({"before_minutes":1441})"));
  EXPECT_EQ(read(R"({"later":"a"})").error().message, "there is no field \"later\" here");
  EXPECT_FALSE(read_chosen_slates(boost::json::parse(R"({"before_minutes":1})").as_object(), {}));
}

TEST(SlatePlan, TravelsAsJson) {
  SlateSituation now = situation();
  now.break_ordered = true;
  now.last = SessionOfPlan{"last", {}, kLiveAt};
  now.next = SessionOfPlan{"下一场", {}, kLiveAt + 86'400'000};
  const SlatePlan plan = plan_slates(now);
  EXPECT_EQ(slate_plan_from_json(JsonFields(to_json(plan))), plan);
}

TEST(SlatePlan, ANameThatIsNoHashIsNoFile) {
  for (const char* name : {"../../etc/passwd", "", "AA", "a/b"}) {
    boost::json::object json{{"sha256", name}, {"clip", true}, {"title", ""}};
    const SlateSource source = slate_source_from_json(JsonFields(json));
    EXPECT_TRUE(source.is_plain_card()) << name;
    EXPECT_FALSE(source.clip);
  }
}

}  // namespace
}  // namespace longmen
