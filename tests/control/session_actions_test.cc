#include "control/session_actions.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/control/schedule_fixture.h"

namespace longmen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SessionActionsTest : public test::ScheduleFixture {};
LONGMEN_FOR_BOTH_DATABASES(SessionActionsTest);

TEST_P(SessionActionsTest, WhatIsScheduledComesBackAsItWas) {
  SessionWish made = wish();
  made.theme = "core-3";
  made.description = "one\ntwo";
  made.speakers = {"李伟", "<b>Wang</b>, \"Fang\""};
  made.language = "zh-CN";
  made.place = "龙泉驿";
  made.auto_start = true;
  const Session kept = session(scheduled(made).id);
  EXPECT_EQ(kept.channel, "main");
  EXPECT_EQ(kept.series, series_);
  EXPECT_EQ(kept.theme, "core-3");
  EXPECT_EQ(kept.description, "one\ntwo");
  EXPECT_THAT(kept.speakers, ElementsAre("李伟", "<b>Wang</b>, \"Fang\""));
  EXPECT_EQ(kept.place, "龙泉驿");
  EXPECT_TRUE(kept.life.auto_start);
  EXPECT_FALSE(kept.life.auto_end);
  EXPECT_EQ(kept.row.changed_by, "li");
  const AuditRow row = last_audit();
  EXPECT_EQ(row.action, "session.schedule");
  EXPECT_EQ(row.subject, kept.id);
  EXPECT_EQ(row.before, "");
  EXPECT_THAT(row.after, HasSubstr("\"place\":\"龙泉驿\""));
}

TEST_P(SessionActionsTest, WhatCannotBeIsRefusedWithWordsAndLeavesNothing) {
  const auto refused = [&](auto spoil) {
    SessionWish made = wish();
    spoil(made);
    return words(schedule(made));
  };
  EXPECT_THAT(refused([](auto& w) { w.channel = "absent"; }), StartsWith("422 channel"));
  EXPECT_THAT(refused([](auto& w) { w.series = "absent"; }), StartsWith("422 series"));
  EXPECT_THAT(refused([](auto& w) { w.theme = "absent"; }), StartsWith("422 theme"));
  EXPECT_THAT(refused([](auto& w) { w.title = ""; }), StartsWith("422 title"));
  EXPECT_THAT(refused([](auto& w) { w.title = "a\nb"; }), StartsWith("422 title"));
  EXPECT_THAT(refused([](auto& w) { w.language = "zh CN"; }), StartsWith("422 language"));
  EXPECT_THAT(refused([](auto& w) { w.speakers = {"a", ""}; }), StartsWith("422 speakers"));
  EXPECT_THAT(refused([](auto& w) { w.end_ms = w.start_ms; }), StartsWith("422 end_ms"));
  EXPECT_THAT(refused([](auto& w) { w.start_ms = INT64_MIN; }), StartsWith("422 start_ms"));
  EXPECT_THAT(refused([](auto& w) { w.start_ms.reset(); }), StartsWith("422 start_ms"));
  EXPECT_THAT(refused([](auto& w) {
                w.start_ms = kNow - 2 * kHour;
                w.end_ms = kNow;
              }),
              HasSubstr("in the future"));
  EXPECT_EQ(SessionTable(sql()).planned(), 0);
}

TEST_P(SessionActionsTest, ARepeatIsRowsAtTheSameTimeOfTheWallClock) {
  context_.settings.zone = *TimeZone::named("Europe/Berlin");
  const auto start = context_.settings.zone.epoch_ms(
      {std::chrono::local_days(std::chrono::year(2026) / 3 / 27), std::chrono::hours(19)});
  Repeat repeat;
  repeat.every_days = 1;
  repeat.count = 4;  // summer time begins on the 29th
  const auto sessions = good(schedule(wish(start), repeat));
  ASSERT_EQ(sessions.size(), 4u);
  for (const Session& each : sessions) {
    EXPECT_THAT(context_.settings.zone.words(each.life.planned_start_ms), HasSubstr("19:00"));
    EXPECT_EQ(each.life.planned_end_ms - each.life.planned_start_ms, kHour);
    EXPECT_EQ(each.repeat, sessions[0].repeat);
  }
  EXPECT_EQ(sessions[2].life.planned_start_ms - sessions[1].life.planned_start_ms, 23 * kHour);
  SessionWish other;
  other.title = "特别节目";
  good(change(context_, sessions[1], other));
  EXPECT_EQ(session(sessions[1].id).title, "特别节目");
  EXPECT_EQ(session(sessions[2].id).title, "第一期");
  EXPECT_EQ(good(run([&](soci::session& sql) {
              return remove_session(sql, context_, sessions[2].id, {true, 0}, true);
            })),
            2);
  EXPECT_EQ(SessionTable(sql()).planned(), 2);
}

TEST_P(SessionActionsTest, OneThatDoesNotFitRefusesTheWholeRepeat) {
  scheduled(wish(kStart + 48 * kHour + kHour / 2, "already there"));
  Repeat repeat;
  repeat.every_days = 1;
  repeat.count = 4;
  const std::string refused = words(schedule(wish(), repeat));
  EXPECT_THAT(refused, StartsWith("409 from 2023-11-17"));
  EXPECT_THAT(refused, HasSubstr("(Asia/Shanghai) the channel has the session \"already there\""));
  EXPECT_EQ(SessionTable(sql()).planned(), 1);
}

TEST_P(SessionActionsTest, PlannedTimesOfAChannelDoNotMeet) {
  const Session first = scheduled(wish());
  scheduled(wish(kStart + kHour, "right behind it"));
  EXPECT_THAT(words(schedule(wish(kStart + kHour - 60'000))), StartsWith("409 from"));
  SessionWish other = wish(kStart);
  other.channel = "second";
  const Session elsewhere = scheduled(other);
  SessionWish move;
  move.channel = "main";
  EXPECT_THAT(words(change(context_, elsewhere, move)), StartsWith("409 from"));
  const Session cancelled = good(act(context_, first, SessionAction::kCancel));
  const Session moved = good(change(context_, elsewhere, move));
  EXPECT_THAT(words(act(context_, cancelled, SessionAction::kRestore)), StartsWith("409 from"));
  EXPECT_EQ(moved.channel, "main");
}

TEST_P(SessionActionsTest, FromScheduledOverLiveToEndedAndBackWithinItsTime) {
  const Session planned = scheduled(wish());
  const Session live = good(act(context("wang", kStart), planned, SessionAction::kStart));
  EXPECT_EQ(live.life.live_ms, kStart);
  EXPECT_EQ(last_audit().action, "session.start");
  EXPECT_EQ(last_audit().actor, "wang");
  const Session ended = good(act(context("wang", kStart + 60'000), live, SessionAction::kEnd));
  EXPECT_THAT(words(act(context("wang", kStart + 700'000), ended, SessionAction::kReopen)),
              HasSubstr("more than 10 minutes ago"));
  const Session again = good(act(context("wang", kStart + 600'000), ended, SessionAction::kReopen));
  EXPECT_EQ(state(again), "live");
  EXPECT_EQ(session(again.id).life.live_ms, kStart);
  EXPECT_EQ(again.row.version, 4);
  EXPECT_FALSE(verify_audit(database())->broken);
}

TEST_P(SessionActionsTest, AChannelHasOneLiveSession) {
  const Session first = scheduled(wish());
  const Session second = scheduled(wish(kStart + kHour, "second"));
  good(act(context_, first, SessionAction::kStart));
  EXPECT_THAT(words(act(context_, second, SessionAction::kStart)),
              StartsWith("409 \"第一期\" is live on this channel since"));
  const Session ended = good(act(context_, session(first.id), SessionAction::kEnd));
  good(act(context_, second, SessionAction::kStart));
  EXPECT_THAT(words(act(context_, ended, SessionAction::kReopen)), StartsWith("409 \"second\""));
  EXPECT_THROW(sql() << "UPDATE sessions SET state = 'live' WHERE id = '" << first.id << "'",
               soci::soci_error)
      << "the database holds it, too";
}

TEST_P(SessionActionsTest, WhoChangesWhatTheyHaveNotSeenIsToldWhoChangedWhatAndWhen) {
  const Session seen = scheduled(wish());
  SessionWish one;
  one.title = "another title";
  one.place = "hall 2";
  good(change(context("wang", kNow + 60'000), seen, one));
  SessionWish other;
  other.title = "mine";
  const std::string refused = words(change(context("zhang", kNow + 120'000), seen, other));
  EXPECT_THAT(refused, StartsWith("412 "));
  EXPECT_THAT(refused, HasSubstr("wang changed title, place at 2023-11-15 06:14 (Asia/Shanghai)"));
  EXPECT_THAT(words(act(context_, seen, SessionAction::kStart)), StartsWith("412 "));
  EXPECT_EQ(session(seen.id).title, "another title");
  const Session now = session(seen.id);
  good(act(context("wang", kNow + 180'000), now, SessionAction::kStart));
  const std::string twice = words(change(context("zhang", kNow + 240'000), seen, other));
  EXPECT_THAT(twice, HasSubstr("state, live_ms at 2023-11-15 06:16"));
  EXPECT_THAT(twice, HasSubstr("; before that wang changed title, place"));
  EXPECT_EQ(good(run([&](soci::session& sql) {
              return change_session(sql, context_, seen.id, {true, 0}, other);
            })).title,
            "mine")
      << "If-Match: * overwrites whatever is there";
}

TEST_P(SessionActionsTest, AChangeThatChangesNothingIsNone) {
  const Session seen = scheduled(wish());
  const int64_t number = last_audit().number;
  EXPECT_EQ(good(change(context("wang", kNow + 1), seen, wish())).row.version, 1);
  EXPECT_EQ(last_audit().number, number);
}

TEST_P(SessionActionsTest, WhatWasOnAirStaysInTheRecord) {
  const Session planned = scheduled(wish());
  const Session live = good(act(context_, planned, SessionAction::kStart));
  const auto remove = [&](const Session& each) {
    return words(run([&](soci::session& sql) {
      return remove_session(sql, context_, each.id, {true, 0}, false);
    }));
  };
  EXPECT_THAT(remove(live), StartsWith("409 it was on air"));
  SessionWish elsewhere;
  elsewhere.channel = "second";
  EXPECT_THAT(words(change(context_, live, elsewhere)), StartsWith("409 a session that is live"));
  const Session other = scheduled(wish(kStart + kHour, "other"));
  EXPECT_EQ(remove(other), "it was done");
  EXPECT_EQ(last_audit().action, "session.remove");
  EXPECT_THAT(remove(other), StartsWith("404 "));
}

TEST_P(SessionActionsTest, TheClockStartsEndsAndTellsWhatItMissed) {
  SessionWish by_clock = wish();
  by_clock.auto_start = by_clock.auto_end = true;
  const Session first = scheduled(by_clock);
  by_clock = wish(kStart + kHour, "next");
  by_clock.auto_start = by_clock.auto_end = true;
  const Session next = scheduled(by_clock);
  const Session by_hand = scheduled(wish(kStart + 2 * kHour, "by hand"));
  EXPECT_EQ(clock(kStart - 1), 0);
  EXPECT_EQ(clock(kStart), 1);
  EXPECT_EQ(state(first), "live");
  EXPECT_EQ(last_audit().actor, "clock");
  EXPECT_EQ(clock(kStart + kHour), 2) << "one ends, and the next begins at the same second";
  EXPECT_EQ(state(first), "ended");
  EXPECT_EQ(state(next), "live");
  // Down until after all of them.
  EXPECT_EQ(clock(kStart + 5 * kHour), 2);
  EXPECT_EQ(state(next), "ended");
  EXPECT_EQ(state(by_hand), "missed");
  EXPECT_EQ(last_audit().action, "session.miss");
  EXPECT_EQ(clock(kStart + 5 * kHour), 0);
}

TEST_P(SessionActionsTest, WhoOverrunsIsNotCutAndTheNextOneWaits) {
  const Session first = scheduled(wish());
  SessionWish by_clock = wish(kStart + kHour, "next");
  by_clock.auto_start = true;
  const Session next = scheduled(by_clock);
  const Session live = good(act(context_, first, SessionAction::kStart));
  EXPECT_EQ(clock(kStart + kHour + 60'000), 0);
  EXPECT_EQ(state(next), "scheduled");
  good(act(context("li", kStart + kHour + 120'000), live, SessionAction::kEnd));
  EXPECT_EQ(clock(kStart + kHour + 120'000), 1);
  EXPECT_EQ(state(next), "live");
}

TEST_P(SessionActionsTest, PagesGoByTimeAndFiltersNarrow) {
  for (int i = 0; i < 5; ++i)
    scheduled(wish(kStart + i * kHour, fmt::format("talk {}", i)));
  SessionWish other = wish();
  other.channel = "second";
  other.theme = "core-1";
  scheduled(other);
  SessionQuery query;
  query.limit = 4;
  const auto first = SessionTable(sql()).page(query);
  ASSERT_EQ(first.size(), 4u);
  query.after_start_ms = first.back().life.planned_start_ms;
  query.after_id = first.back().id;
  EXPECT_EQ(SessionTable(sql()).page(query).size(), 2u);
  query = {};
  query.channel = "second";
  query.theme = "core-1";
  query.state = "scheduled";
  EXPECT_EQ(SessionTable(sql()).page(query).size(), 1u);
  query = {};
  query.from_ms = kStart + kHour;
  query.to_ms = kStart + 2 * kHour;
  EXPECT_EQ(SessionTable(sql()).page(query).size(), 1u);
}

TEST_P(SessionActionsTest, SeriesAndThemesWithSessionsStay) {
  SessionWish made = wish();
  const Theme theme =
      good(run([&](soci::session& sql) { return create_theme(sql, context_, "防汛"); }));
  made.theme = theme.id;
  scheduled(made);
  EXPECT_THAT(words(run([&](soci::session& sql) {
                return remove_series(sql, context_, series_, {true, 0});
              })),
              StartsWith("409 the series has 1 sessions"));
  EXPECT_THAT(words(run([&](soci::session& sql) {
                return remove_theme(sql, context_, theme.id, {true, 0});
              })),
              StartsWith("409 1 sessions"));
  EXPECT_THAT(words(run([&](soci::session& sql) {
                return remove_theme(sql, context_, "core-1", {true, 0});
              })),
              StartsWith("409 the six core themes stay"));
  EXPECT_THAT(words(run([&](soci::session& sql) {
                return create_series(sql, context_, {"书记龙门阵", std::nullopt});
              })),
              StartsWith("409 there is a series"));
  EXPECT_EQ(ThemeTable(sql()).all().size(), 7u);
  EXPECT_FALSE(good(run([&](soci::session& sql) -> Decided<bool> {
    return make_core_themes(sql, kNow);
  }))) << "once";
}

}  // namespace
}  // namespace longmen
