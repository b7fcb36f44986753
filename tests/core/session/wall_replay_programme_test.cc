#include "core/session/wall_replay_programme.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longmen {
namespace {

using recording::TimeRange;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;

// A wall whose days begin at whole multiples of 24 hours.
WallDays plain_days() {
  return {[](int64_t epoch_ms) { return epoch_ms / kDay; },
          [](int64_t day, int minute) { return day * kDay + minute * kMinute; }};
}
RecordedSession recorded(const std::string& id, int64_t start_ms, int64_t end_ms,
                         std::vector<TimeRange> withdrawn = {}) {
  return {id, "title of " + id, "series", start_ms, end_ms, std::move(withdrawn)};
}
WallReplayProgramme programme_of(const WallReplayRule& rule,
                                 const std::vector<RecordedSession>& sessions, int64_t now_ms) {
  return wall_replay_programme(rule, sessions, now_ms, plain_days());
}
std::vector<std::string> names(const WallReplayProgramme& programme) {
  std::vector<std::string> ids;
  for (const WallReplay& each : programme.replays)
    ids.push_back(each.recording);
  return ids;
}

constexpr int64_t kToday = 100 * kDay;
const WallReplayRule kLast{WallReplayWhat::kLast, 8 * 60, 22 * 60, 5, false};
const WallReplayRule kOfDay{WallReplayWhat::kDay, 8 * 60, 22 * 60, 5, false};
const std::vector<RecordedSession> kSessions{
    recorded("evening", kToday - 4 * kHour, kToday - 3 * kHour),
    recorded("noon", kToday + 12 * kHour, kToday + 13 * kHour),
    recorded("morning", kToday + 9 * kHour, kToday + 10 * kHour),
};

TEST(WallReplayProgramme, TheLastSessionOrThoseOfTheLastDayInOrder) {
  const int64_t now = kToday + 14 * kHour;
  EXPECT_THAT(names(programme_of(kLast, kSessions, now)), ElementsAre("noon"));
  EXPECT_THAT(names(programme_of(kOfDay, kSessions, now)), ElementsAre("morning", "noon"));
  EXPECT_THAT(names(programme_of({}, kSessions, now)), IsEmpty()) << "off";
  EXPECT_THAT(names(programme_of(kOfDay, {}, now)), IsEmpty());
}

TEST(WallReplayProgramme, UntilADayHasASessionTheOneBeforeIsShown) {
  const auto morning = programme_of(kOfDay, kSessions, kToday + 8 * kHour);
  EXPECT_THAT(names(morning), ElementsAre("evening")) << "what has not ended is none";
  EXPECT_EQ(morning.begun_ms, kToday + 8 * kHour) << "with the hours";
}

TEST(WallReplayProgramme, ARoundBeginsAnewWhenAnotherSessionHasEnded) {
  const auto before = programme_of(kOfDay, kSessions, kToday + 11 * kHour);
  EXPECT_THAT(names(before), ElementsAre("morning"));
  EXPECT_EQ(before.begun_ms, kToday + 10 * kHour + kWallReplayPauseMs);
  const auto after = programme_of(kOfDay, kSessions, kToday + 13 * kHour);
  EXPECT_EQ(after.begun_ms, kToday + 13 * kHour + kWallReplayPauseMs);
  EXPECT_EQ(programme_of(kOfDay, kSessions, kToday + 21 * kHour).begun_ms, after.begun_ms)
      << "whoever asks later hears the same";
}

TEST(WallReplayProgramme, HoursAreOfTodayOrTheNextOnes) {
  const auto hours = [](const WallReplayRule& rule, int64_t now_ms) {
    const auto made = programme_of(rule, kSessions, now_ms);
    return std::pair(made.from_ms - kToday, made.until_ms - kToday);
  };
  EXPECT_EQ(hours(kLast, kToday + 7 * kHour), std::pair(8 * kHour, 22 * kHour));
  EXPECT_EQ(hours(kLast, kToday + 21 * kHour), std::pair(8 * kHour, 22 * kHour));
  EXPECT_EQ(hours(kLast, kToday + 22 * kHour), std::pair(kDay + 8 * kHour, kDay + 22 * kHour));
  WallReplayRule night = kLast;
  night.from_minute = 20 * 60;
  night.until_minute = 6 * 60;
  EXPECT_EQ(hours(night, kToday + 5 * kHour), std::pair(-4 * kHour, 6 * kHour)) << "yesterday's";
  EXPECT_EQ(hours(night, kToday + 6 * kHour), std::pair(20 * kHour, kDay + 6 * kHour));
  WallReplayRule always = kLast;
  always.until_minute = always.from_minute;
  EXPECT_EQ(hours(always, kToday + 7 * kHour), std::pair(-16 * kHour, 8 * kHour));
  EXPECT_EQ(hours(always, kToday + 8 * kHour), std::pair(8 * kHour, kDay + 8 * kHour));
}

TEST(WallReplayProgramme, WhatIsWithdrawnIsLeftOut) {
  const int64_t start = kToday + 9 * kHour, end = start + 100'000;
  const auto ranges = [&](std::vector<TimeRange> withdrawn) {
    const auto made =
        programme_of(kLast, {recorded("a", start, end, std::move(withdrawn))}, end + kHour);
    return made.replays.empty() ? std::vector<TimeRange>() : made.replays[0].ranges;
  };
  EXPECT_THAT(ranges({}), ElementsAre(TimeRange{start, end}));
  EXPECT_THAT(
      ranges({{start + 50'000, start + 60'000}, {start + 10'000, start + 20'000}}),
      ElementsAre(TimeRange{start, start + 10'000}, TimeRange{start + 20'000, start + 50'000},
                  TimeRange{start + 60'000, end}));
  EXPECT_THAT(ranges({{start - 5, start + 20'000}, {start + 10'000, start + 15'000}}),
              ElementsAre(TimeRange{start + 20'000, end}))
      << "one within another";
  EXPECT_THAT(ranges({{start + 2'000, end - 2'000}}), IsEmpty()) << "what is left is too short";
  EXPECT_THAT(ranges({{0, start}, {end, end + 5}}), ElementsAre(TimeRange{start, end}));
}

TEST(WallReplayProgramme, OneOfWhichNothingIsLeftGivesWayToTheOneBefore) {
  auto sessions = kSessions;
  sessions[1].withdrawn = {{0, kToday + kDay}};
  EXPECT_THAT(names(programme_of(kLast, sessions, kToday + 14 * kHour)), ElementsAre("morning"));
}

TEST(WallReplayProgramme, IsBounded) {
  std::vector<RecordedSession> many;
  for (int i = 0; i < 60; ++i)
    many.push_back(recorded(std::to_string(i), kToday + i * kMinute, kToday + (i + 1) * kMinute));
  const auto made = programme_of(kOfDay, many, kToday + 12 * kHour);
  EXPECT_EQ(made.replays.size(), kMaxWallReplays);
  EXPECT_EQ(made.replays.back().recording, "59") << "the latest stay";
}

TEST(WallReplayProgramme, MakesRoomBeforeTheNextSession) {
  EXPECT_EQ(wall_replays_end_before(kLast, kToday), kToday - 5 * kMinute);
}

}  // namespace
}  // namespace longmen
