#include "core/session/session_life.h"

#include <gmock/gmock.h>

namespace longmen {
namespace {

using enum SessionState;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr int64_t kStart = 1'700'000'000'000;
constexpr int64_t kEnd = kStart + 3'600'000;
constexpr auto kReopen = 10min;

SessionLife planned(SessionState state = kScheduled) {
  SessionLife life;
  life.state = state;
  life.planned_start_ms = kStart;
  life.planned_end_ms = kEnd;
  return life;
}
SessionLife good(const Result<SessionLife>& life) {
  EXPECT_TRUE(life) << life.error().message;
  return life.value_or(SessionLife{});
}

TEST(SessionLife, GoesFromScheduledOverLiveToEnded) {
  const SessionLife live = good(after(planned(), SessionAction::kStart, kStart + 7, kReopen));
  EXPECT_EQ(live.state, kLive);
  EXPECT_EQ(live.live_ms, kStart + 7);
  const SessionLife ended = good(after(live, SessionAction::kEnd, kEnd - 5, kReopen));
  EXPECT_EQ(ended.state, kEnded);
  EXPECT_EQ(ended.ended_ms, kEnd - 5);
  EXPECT_EQ(ended.live_ms, kStart + 7);
}

TEST(SessionLife, ReopensWithoutAHoleWithinItsTimeAndNotLater) {
  SessionLife ended = planned(kEnded);
  ended.live_ms = kStart;
  ended.ended_ms = kEnd;
  ended.auto_end = true;
  const int64_t last = reopen_until_ms(ended, kReopen);
  EXPECT_EQ(last, kEnd + 600'000);
  const SessionLife live = good(after(ended, SessionAction::kReopen, last, kReopen));
  EXPECT_EQ(live.state, kLive);
  EXPECT_EQ(live.live_ms, kStart) << "one stretch of time, as if it had not ended";
  EXPECT_EQ(live.ended_ms, 0);
  EXPECT_FALSE(due(live, last)) << "the clock does not end it again at once";
  const auto late = after(ended, SessionAction::kReopen, last + 1, kReopen);
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message, HasSubstr("more than 10 minutes ago"));
}

TEST(SessionLife, OnlyWhatTheTableSaysMayFollow) {
  struct Row {
    SessionAction action;
    std::vector<SessionState> from;
  };
  for (const Row& row :
       {Row{SessionAction::kStart, {kScheduled, kMissed}}, Row{SessionAction::kEnd, {kLive}},
        Row{SessionAction::kReopen, {kEnded}}, Row{SessionAction::kCancel, {kScheduled, kMissed}},
        Row{SessionAction::kRestore, {kCancelled}}, Row{SessionAction::kMiss, {kScheduled}}}) {
    for (SessionState state : {kScheduled, kLive, kEnded, kCancelled, kMissed}) {
      SessionLife life = planned(state);
      life.ended_ms = state == kEnded ? kStart : 0;
      const bool may = std::count(row.from.begin(), row.from.end(), state) > 0;
      const auto next = after(life, row.action, kStart, kReopen);
      EXPECT_EQ(next.has_value(), may) << name_of(state) << " " << int(row.action);
      if (!next) {
        EXPECT_THAT(next.error().message, HasSubstr(std::string(name_of(state))));
      }
    }
  }
}

TEST(SessionLife, TheClockStartsAndEndsWhatAsksForIt) {
  SessionLife life = planned();
  EXPECT_FALSE(due(life, kStart));
  life.auto_start = true;
  EXPECT_FALSE(due(life, kStart - 1));
  EXPECT_EQ(due(life, kStart), SessionAction::kStart);
  EXPECT_EQ(due(life, kEnd - 1), SessionAction::kStart) << "late, after a restart";
  life.state = kLive;
  EXPECT_FALSE(due(life, kEnd)) << "it ends by hand";
  life.auto_end = true;
  EXPECT_FALSE(due(life, kEnd - 1));
  EXPECT_EQ(due(life, kEnd), SessionAction::kEnd);
  for (SessionState state : {kEnded, kCancelled, kMissed}) {
    life.state = state;
    EXPECT_FALSE(due(life, kEnd + 1));
  }
}

TEST(SessionLife, WhoseEndHasPassedWasMissedByHandOrByTheClock) {
  SessionLife life = planned();
  EXPECT_EQ(due(life, kEnd), SessionAction::kMiss);
  life.auto_start = life.auto_end = true;
  EXPECT_EQ(due(life, kEnd), SessionAction::kMiss);
  const SessionLife missed = good(after(life, SessionAction::kMiss, kEnd, kReopen));
  const SessionLife live = good(after(missed, SessionAction::kStart, kEnd + 5, kReopen));
  EXPECT_FALSE(due(live, kEnd + 5)) << "who starts it by hand after its time ends it by hand";
}

TEST(SessionLife, ARestoredOneIsScheduledAgainWhileItsTimeIsToCome) {
  EXPECT_EQ(good(after(planned(kCancelled), SessionAction::kRestore, kEnd - 1, kReopen)).state,
            kScheduled);
  EXPECT_EQ(good(after(planned(kCancelled), SessionAction::kRestore, kEnd, kReopen)).state,
            kMissed);
}

TEST(SessionLife, PlannedTimesMoveAsFarAsTheyMay) {
  const int64_t hour = 3'600'000;
  EXPECT_EQ(good(replanned(planned(), kStart + hour, kEnd + hour, kStart)).planned_end_ms,
            kEnd + hour);
  EXPECT_FALSE(replanned(planned(), kStart, kStart + 59'999, kStart - hour));
  EXPECT_FALSE(replanned(planned(), kStart, kStart + 24 * hour + 1, kStart - hour));
  EXPECT_FALSE(replanned(planned(), kStart - hour, kStart, kStart)) << "all of it has passed";
  EXPECT_EQ(good(replanned(planned(kMissed), kEnd, kEnd + hour, kEnd)).state, kScheduled);
  EXPECT_EQ(good(replanned(planned(kCancelled), kEnd, kEnd + hour, kEnd)).state, kCancelled);
  EXPECT_FALSE(replanned(planned(kEnded), kEnd, kEnd + hour, kEnd));
  EXPECT_FALSE(replanned(planned(kLive), kStart + 1, kEnd, kStart + 5));
  EXPECT_EQ(good(replanned(planned(kLive), kStart, kEnd + hour, kStart + 5)).planned_end_ms,
            kEnd + hour);
  EXPECT_TRUE(replanned(planned(kEnded), kStart, kEnd, kEnd + hour)) << "nothing is moved";
}

TEST(SessionLife, StatesHaveNamesAndBack) {
  for (SessionState state : {kScheduled, kLive, kEnded, kCancelled, kMissed})
    EXPECT_EQ(session_state_named(name_of(state)), state);
  EXPECT_FALSE(session_state_named("over"));
}

}  // namespace
}  // namespace longmen
