#include "core/failover/input_choice.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <random>

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr auto kPrimary = ChannelInput::kPrimary, kBackup = ChannelInput::kBackup;

ConditionSet with(std::initializer_list<Condition> conditions) {
  ConditionSet set;
  for (const Condition condition : conditions)
    set.set(condition);
  return set;
}
const ConditionSet kGood, kGone = with({Condition::kNoData});

class InputChoiceTest : public testing::Test {
 protected:
  // What it is, and why, when that is another thing: "backup black".
  std::string decide() {
    const auto switched = choice_.decide(inputs_, now_);
    if (!switched) return "";
    EXPECT_NE(switched->from, switched->to);
    EXPECT_EQ(switched->to, choice_.shown());
    return std::string(name_of(switched->to)) + " " + std::string(switched->why);
  }
  std::string pass(std::chrono::milliseconds time) {
    std::string said;
    for (const Monotonic end = now_ + time; now_ < end;) {
      now_ += 100ms;
      if (const std::string words = decide(); !words.empty())
        said += said.empty() ? words : ", " + words;
    }
    return said;
  }
  std::string primary_is(const ConditionSet& conditions) {
    inputs_[kPrimary] = conditions;
    return decide();
  }
  std::string backup_is(const ConditionSet& conditions) {
    inputs_[kBackup] = conditions;
    return decide();
  }
  void both_good() {
    primary_is(kGood);
    backup_is(kGood);
    pass(5s);
    ASSERT_EQ(choice_.shown(), Shown::kPrimary);
  }

  Monotonic now_{1000s};
  OfInputs<ConditionSet> inputs_{{kGone, kGone}};
  InputChoice choice_{FailoverRules()};
};

TEST_F(InputChoiceTest, WithoutAFeedTheSlate) {
  EXPECT_EQ(decide(), "");
  EXPECT_EQ(choice_.shown(), Shown::kSlate);
  EXPECT_EQ(primary_is(kGood), "primary recovered");
  EXPECT_EQ(primary_is(kGone), "slate no_data");
  EXPECT_EQ(primary_is(kGood), "primary recovered") << "at once: nothing else is there";
}

TEST_F(InputChoiceTest, EachConditionLeadsToTheBackupAtOnce) {
  for (const Condition condition : kConditions) {
    both_good();
    EXPECT_EQ(primary_is(with({condition})), "backup " + std::string(name_of(condition)));
    primary_is(kGood);
    EXPECT_EQ(pass(9900ms), "");
    EXPECT_EQ(pass(200ms), "primary return");
    pass(2 * 60s);
  }
}

TEST_F(InputChoiceTest, WithoutABackupARuleSaysWhatIsShown) {
  primary_is(kGood);
  pass(5s);
  EXPECT_EQ(primary_is(with({Condition::kSilent})), "");
  EXPECT_EQ(primary_is(with({Condition::kFrozen})), "");
  EXPECT_EQ(primary_is(with({Condition::kBlack})), "slate black");
  EXPECT_EQ(primary_is(kGood), "primary recovered");
  FailoverRules rules;
  rules.of(Condition::kBlack).to_slate = false;
  rules.of(Condition::kFrozen).to_slate = true;
  choice_.set_rules(rules);
  EXPECT_EQ(primary_is(with({Condition::kBlack})), "");
  EXPECT_EQ(primary_is(with({Condition::kFrozen})), "slate frozen");
}

TEST_F(InputChoiceTest, OfTwoBadOnesTheLessBad) {
  both_good();
  backup_is(with({Condition::kSilent}));
  EXPECT_EQ(primary_is(with({Condition::kFrozen})), "backup frozen");
  EXPECT_EQ(primary_is(with({Condition::kErrors})), "") << "worse than silent";
  backup_is(with({Condition::kBlack, Condition::kSilent}));
  pass(1s);
  EXPECT_EQ(choice_.shown(), Shown::kPrimary);
  primary_is(with({Condition::kBlack}));
  EXPECT_EQ(choice_.shown(), Shown::kSlate) << "never black when the slate is better";
  EXPECT_EQ(backup_is(kGood), "backup recovered");
}

TEST_F(InputChoiceTest, WhatHasJustBecomeBetterIsNotBelievedYetWhileThePictureCanBeWatched) {
  both_good();
  backup_is(kGone);
  primary_is(with({Condition::kSilent}));
  EXPECT_EQ(backup_is(kGood), "");
  EXPECT_EQ(pass(900ms), "");
  EXPECT_EQ(pass(100ms), "backup silent");
}

TEST_F(InputChoiceTest, FromTheSlateTheFirstThatCanBeWatched) {
  both_good();
  primary_is(kGone);
  EXPECT_EQ(backup_is(kGone), "slate no_data");
  EXPECT_EQ(primary_is(kGood), "primary recovered");
  EXPECT_EQ(backup_is(kGood), "");
}

TEST_F(InputChoiceTest, ThePrimaryIsShownWhenBothBegin) {
  EXPECT_EQ(backup_is(kGood), "backup recovered");
  now_ += 2s;
  EXPECT_EQ(primary_is(kGood), "primary return");
}

TEST_F(InputChoiceTest, APrimaryThatComesLaterHasToProveItself) {
  backup_is(kGood);
  now_ += 60s;
  EXPECT_EQ(primary_is(kGood), "");
  EXPECT_EQ(pass(10s), "primary return");
}

TEST_F(InputChoiceTest, ByHandNothingReturns) {
  both_good();
  FailoverRules rules;
  rules.return_after.reset();
  choice_.set_rules(rules);
  primary_is(kGone);
  primary_is(kGood);
  EXPECT_EQ(pass(10min), "");
  choice_.set_order(kPrimary);
  EXPECT_EQ(decide(), "primary order");
  choice_.set_order(std::nullopt);
  EXPECT_EQ(pass(10min), "");
}

TEST_F(InputChoiceTest, AnOrderIsStrongerThanAnyCondition) {
  both_good();
  choice_.set_order(kBackup);
  EXPECT_EQ(decide(), "backup order");
  EXPECT_EQ(backup_is(with({Condition::kBlack, Condition::kSilent})), "");
  EXPECT_EQ(backup_is(kGone), "slate no_data") << "there is nothing to show";
  EXPECT_EQ(backup_is(kGood), "backup recovered");
  backup_is(with({Condition::kBlack}));
  choice_.set_order(std::nullopt);
  EXPECT_EQ(decide(), "primary black");
}

TEST_F(InputChoiceTest, ARelapseAsksForMorePatience) {
  both_good();
  std::chrono::milliseconds expected = 10s;
  for (int relapse = 0; relapse < 5; ++relapse) {
    EXPECT_EQ(primary_is(kGone), "backup no_data");
    primary_is(kGood);
    EXPECT_EQ(pass(expected - 100ms), "") << relapse;
    EXPECT_EQ(pass(200ms), "primary return") << relapse;
    pass(5s);
    expected = std::min<std::chrono::milliseconds>(2 * expected, 80s);
  }
  pass(InputChoice::kRelapse);
  primary_is(kGone);
  primary_is(kGood);
  EXPECT_EQ(pass(10s), "primary return") << "it has been good for a while";
}

// Whatever two inputs do within an hour, in tenths of a second: the number of switches is bounded
// by the times that the rules give, and what cannot be watched is never shown.
TEST_F(InputChoiceTest, InputsThatComeAndGoDoNotTakeTheProgrammeWithThem) {
  std::mt19937 random(7);
  int switches = 0;
  for (int tenth = 0; tenth < 36'000; ++tenth) {
    for (const ChannelInput input : kChannelInputs) {
      if (random() % 20 == 0)
        inputs_[input] = random() % 2 ? kGood : with({kConditions[random() % kConditions.size()]});
    }
    inputs_[kBackup] = random() % 3 ? kGood : inputs_[kBackup];
    now_ += 100ms;
    if (!decide().empty()) ++switches;
    const ConditionSet& shown = inputs_[choice_.input()];
    if (shown.has(Condition::kNoData) || shown.has(Condition::kBlack)) {
      EXPECT_EQ(choice_.shown(), Shown::kSlate);
    }
    if (choice_.shown() == Shown::kSlate) {
      EXPECT_FALSE(inputs_[other_of(choice_.input())].none()) << "a good one is there";
    }
  }
  EXPECT_LT(switches, 3'000);
}

}  // namespace
}  // namespace longmen
