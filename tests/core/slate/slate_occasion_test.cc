#include "core/slate/slate_occasion.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr MediaTime kNow{Flicks(1795692600s)};

TEST(SlateOccasion, ACutComesBeforeAllElse) {
  SlateMoment moment{AirRule::kCut, true, true, MediaTime::max(), kNow};
  EXPECT_EQ(occasion_at(moment, kNow), SlateOccasion::kCut);
}

TEST(SlateOccasion, AnOrderedSlateIsABreakAndAHeldFeedIsNone) {
  SlateMoment moment{AirRule::kSlate, true, true};
  EXPECT_EQ(occasion_at(moment, kNow), SlateOccasion::kBreak);
  moment.break_ordered = false;  // a rehearsal, or no session
  moment.session_live = false;
  EXPECT_EQ(occasion_at(moment, kNow), SlateOccasion::kBefore);
  moment.before_from = kNow + Flicks(1s);
  EXPECT_EQ(occasion_at(moment, kNow), SlateOccasion::kAfter);
  EXPECT_EQ(occasion_at(moment, kNow + Flicks(1s)), SlateOccasion::kBefore);
}

TEST(SlateOccasion, WithoutAFeedALiveSessionIsInTrouble) {
  SlateMoment moment;
  moment.session_live = true;
  EXPECT_EQ(occasion_at(moment, kNow), SlateOccasion::kTrouble);
  moment.before_from = MediaTime::max();  // the one before has ended
  EXPECT_EQ(occasion_at(moment, kNow), SlateOccasion::kTrouble);
}

TEST(SlateOccasion, WithoutSessionsAFeedThatIsGoneIsTroubleForAWhile) {
  SlateMoment moment;
  moment.feed_left = kNow;
  EXPECT_EQ(occasion_at(moment, kNow), SlateOccasion::kTrouble);
  EXPECT_EQ(occasion_at(moment, kNow + Flicks(kTroubleLasts) - Flicks(1)), SlateOccasion::kTrouble);
  EXPECT_EQ(occasion_at(moment, kNow + Flicks(kTroubleLasts)), SlateOccasion::kBefore);
  moment.before_from = kNow + Flicks(1h);
  EXPECT_EQ(occasion_at(moment, kNow), SlateOccasion::kAfter)
      << "the session has ended: no trouble";
}

TEST(SlateOccasion, HasNames) {
  for (const SlateOccasion occasion : kSlateOccasions)
    EXPECT_EQ(slate_occasion_named(name_of(occasion)), occasion);
  EXPECT_FALSE(slate_occasion_named("later"));
}

}  // namespace
}  // namespace longmen
