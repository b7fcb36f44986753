#include "core/bandwidth/rendition_choice.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;
using Choice = RenditionChoice;

class RenditionChoiceTest : public testing::Test {
 protected:
  RenditionChoiceTest() {
    ladder.rungs = {Rung{RenditionId{0}, kbps(2230)}, Rung{RenditionId{1}, kbps(1180)},
                    Rung{RenditionId{2}, kbps(650)}};
    ladder.count = 3;
    calm(kbps(4000));
  }

  void calm(Bitrate capacity) {
    link = {};
    link.heard = true;
    link.capacity = capacity;
    link.standing_queue = 0ns;
    link.loss = 0;
  }
  void queued(Bitrate capacity, std::chrono::nanoseconds queue) {
    calm(capacity);
    link.measured_queue = link.predicted_queue = queue;
  }

  // Time passes; what is chosen is shown at once.
  void pass(std::chrono::nanoseconds duration) {
    for (const Monotonic end = now + duration; now < end; now += 100ms) {
      choice.update(link, ladder, may_probe, now);
      if (!choice.sound_only()) choice.note_shown(choice.target(), now);
    }
  }
  void probe(Bitrate carried) { choice.note_probe(carried, link, ladder, now); }
  std::optional<Bitrate> goal() const { return choice.probe_goal(link, ladder, now); }

  RenditionChoice choice;
  Ladder ladder;
  LinkView link;
  bool may_probe = true;
  Monotonic now{100s};
};

TEST_F(RenditionChoiceTest, WithoutFeedbackTheBestRungStays) {
  link = {};
  pass(60s);
  EXPECT_EQ(choice.target(), RenditionId{0});
  EXPECT_FALSE(choice.sound_only());
}

TEST_F(RenditionChoiceTest, WhatIsNotBelievedOfALinkIsNotTriedFirst) {
  ladder.rungs[0].need = kbps(5000);
  pass(5s);
  EXPECT_EQ(choice.target(), RenditionId{1});
  EXPECT_TRUE(goal()) << "but probed for";
}

TEST_F(RenditionChoiceTest, APlayerThatReportsNothingGetsTheBestRungSoon) {
  ladder.rungs[0].need = kbps(5000);
  link = {};
  pass(2900ms);
  EXPECT_EQ(choice.target(), RenditionId{1});
  pass(200ms);
  EXPECT_EQ(choice.target(), RenditionId{0});
}

TEST_F(RenditionChoiceTest, RungsOfUnknownNeedAreNotProbedFor) {
  pass(5s);
  queued(kbps(1000), 200ms);
  pass(100ms);
  calm(kbps(1000));
  ladder.rungs[0].need = ladder.rungs[1].need = {};  // a new generation
  pass(20s);
  EXPECT_FALSE(goal());
}

TEST_F(RenditionChoiceTest, ASlowerLinkLeadsToTheRungThatFits) {
  pass(5s);
  queued(kbps(1000), 160ms);
  pass(100ms);
  EXPECT_EQ(choice.target(), RenditionId{2}) << "0.92 x 1000 holds 650, not 1180";
}

TEST_F(RenditionChoiceTest, AQueueOnAFastLinkIsNotItsRate) {
  pass(5s);
  queued(kbps(2500), 250ms);  // a keyframe
  pass(5s);
  EXPECT_EQ(choice.target(), RenditionId{0});
}

TEST_F(RenditionChoiceTest, AQueueThatStandsLeadsOneRungDown) {
  pass(5s);
  calm(kbps(3000));
  link.standing_queue = 110ms;
  pass(1200ms);
  EXPECT_EQ(choice.target(), RenditionId{1});
}

TEST_F(RenditionChoiceTest, LatenessLeadsDownAtOnceAndOnce) {
  pass(5s);
  queued(kbps(3000), 410ms);
  choice.note_late();
  pass(1s);
  EXPECT_EQ(choice.target(), RenditionId{1});
}

TEST_F(RenditionChoiceTest, AProbeLeadsToTheBestRungThatItCarried) {
  pass(5s);
  queued(kbps(800), 200ms);
  pass(100ms);
  ASSERT_EQ(choice.target(), RenditionId{2});
  calm(kbps(800));
  pass(1800ms);
  EXPECT_FALSE(goal());
  pass(300ms);
  EXPECT_EQ(goal()->bps, kbps(1180 * 1.1).bps) << "the next rung";
  calm(kbps(4000));
  EXPECT_NEAR(goal()->bps, 2230e3 * 1.1, 1) << "the link is faster: all that it may carry";
  probe(kbps(2450));
  EXPECT_EQ(choice.target(), RenditionId{0});
}

TEST_F(RenditionChoiceTest, ProbesThatFailBecomeRarerUpToABound) {
  pass(5s);
  queued(kbps(1000), 200ms);
  pass(100ms);
  calm(kbps(1000));
  std::vector<int64_t> waits;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const Monotonic before = now;
    while (!goal())
      pass(100ms);
    waits.push_back((now - before) / 1s);
    probe(kbps(1000));
    EXPECT_EQ(choice.target(), RenditionId{2});
  }
  EXPECT_EQ(waits, (std::vector<int64_t>{1, 2, 4, 6, 6}));
  pass(1s);
  EXPECT_FALSE(goal());
  calm(kbps(3900));
  EXPECT_TRUE(goal()) << "the link has become faster";
}

TEST_F(RenditionChoiceTest, ARungThatHadToBeLeftSoonIsBlockedForAWhile) {
  pass(5s);
  queued(kbps(1000), 200ms);
  pass(100ms);
  std::chrono::nanoseconds blocked = 10s;
  for (int attempt = 0; attempt < 3; ++attempt, blocked *= 2) {
    calm(kbps(4000));
    while (choice.target() != RenditionId{0}) {
      pass(100ms);
      if (const auto rate = goal()) probe(*rate);
    }
    pass(3s);
    queued(kbps(1400), 200ms);
    pass(100ms);
    ASSERT_EQ(choice.target(), RenditionId{1});
    calm(kbps(4000));
    const Monotonic left = now;
    pass(blocked - 200ms);
    EXPECT_FALSE(goal()) << attempt;
    pass(200ms);
    EXPECT_TRUE(goal()) << (now - left) / 1ms;
  }
}

TEST_F(RenditionChoiceTest, RandomLossIsTolerated) {
  pass(5s);
  link.loss = 0.09;
  link.proven_loss = 0.08;
  pass(20s);
  EXPECT_EQ(choice.target(), RenditionId{0});
}

TEST_F(RenditionChoiceTest, HeavyLossThatALowerRungDoesNotMendIsThePaths) {
  pass(5s);
  link.loss = 0.16;
  link.proven_loss = 0.14;
  pass(100ms);
  EXPECT_EQ(choice.target(), RenditionId{1});
  pass(3s);
  EXPECT_EQ(choice.target(), RenditionId{1}) << "no further";
  ASSERT_TRUE(goal());
  probe(*goal());
  pass(20s);
  EXPECT_EQ(choice.target(), RenditionId{0}) << "and it stays there";
}

TEST_F(RenditionChoiceTest, HeavyLossThatALowerRungMendsKeepsIt) {
  pass(5s);
  link.loss = link.proven_loss = 0.3;
  pass(100ms);
  link.loss = link.proven_loss = 0;
  pass(20s);
  EXPECT_EQ(choice.target(), RenditionId{1});
}

TEST_F(RenditionChoiceTest, SoundAloneIsTheLastRung) {
  pass(5s);
  queued(kbps(300), 300ms);
  pass(100ms);
  EXPECT_EQ(choice.target(), RenditionId{2});
  pass(1500ms);
  EXPECT_FALSE(choice.sound_only()) << "it may pass";
  for (int turn = 0; turn < 30 && !choice.sound_only(); ++turn)
    pass(100ms);
  ASSERT_TRUE(choice.sound_only());
  calm(kbps(300));
  pass(3800ms);
  EXPECT_TRUE(choice.sound_only());
  pass(300ms);
  EXPECT_FALSE(choice.sound_only()) << "tried again";
  EXPECT_EQ(choice.target(), RenditionId{2});
}

TEST_F(RenditionChoiceTest, WithoutPaddingTheNextRungIsTriedItself) {
  may_probe = false;
  pass(5s);
  queued(kbps(1000), 200ms);
  pass(100ms);
  calm(kbps(4000));
  pass(7900ms);
  EXPECT_EQ(choice.target(), RenditionId{2});
  pass(300ms);
  EXPECT_EQ(choice.target(), RenditionId{1});
}

TEST_F(RenditionChoiceTest, ALowRembAloneProvesNothing) {
  link = {};
  link.remb = kbps(300);  // as every receiver's first one
  pass(10s);
  EXPECT_EQ(choice.target(), RenditionId{0});
  link.reported_loss = 0.05;
  pass(2500ms);
  EXPECT_EQ(choice.target(), RenditionId{2});
  link.reported_loss = 0;
  link.remb = kbps(2000);
  pass(2500ms);
  EXPECT_EQ(choice.target(), RenditionId{1});
}

TEST_F(RenditionChoiceTest, ReportedLossIsTheLastEvidence) {
  link = {};
  link.reported_loss = 0.2;
  pass(2300ms);
  EXPECT_EQ(choice.target(), RenditionId{1});
}

TEST_F(RenditionChoiceTest, AnotherLadderIsFollowed) {
  pass(5s);
  queued(kbps(1000), 200ms);
  pass(100ms);
  ladder.rungs[0] = Rung{RenditionId{0}, kbps(100)};  // a slate of one rung
  ladder.count = 1;
  calm(kbps(1000));
  pass(5s);
  EXPECT_FALSE(choice.sound_only());
  ladder.count = 0;
  pass(1s);
}

}  // namespace
}  // namespace longmen
