// A store with a channel, a series and the core themes, and somebody who plans.
#pragma once

#include <fmt/format.h>

#include "control/secret.h"
#include "control/series.h"
#include "control/session_actions.h"
#include "control/theme.h"
#include "tests/control/store_fixture.h"

namespace longmen::test {

class ScheduleFixture : public StoreFixture {
 protected:
  static constexpr int64_t kHour = 3'600'000;
  static constexpr int64_t kStart = kNow + kHour;

  static ScheduleContext context(const std::string& name, int64_t now_ms) {
    ScheduleContext made;
    made.actor = {"id-" + name, name, "192.0.2.7", now_ms};
    made.settings.zone = *TimeZone::named("Asia/Shanghai");
    made.random = system_random();
    return made;
  }
  // In a transaction, kept when it was done.
  template <class Work>
  auto run(Work work) {
    auto outcome = in_transaction(database(), "test", work);
    EXPECT_TRUE(outcome) << outcome.error().message;
    return *outcome;
  }
  template <class T>
  T good(const Decided<T>& outcome) {
    EXPECT_TRUE(outcome) << outcome.error().words;
    return outcome ? *outcome : T{};
  }
  template <class T>
  static std::string words(const Decided<T>& outcome) {
    return outcome ? "it was done"
                   : fmt::format("{} {}", outcome.error().status, outcome.error().words);
  }
  void SetUp() override {
    StoreFixture::SetUp();
    context_ = context("li", kNow);
    ASSERT_TRUE(store_->seed({seed("main"), seed("second")}, kNow));
    run([&](soci::session& sql) -> Decided<bool> { return make_core_themes(sql, kNow); });
    series_ = good(run([&](soci::session& sql) {
                return create_series(sql, context_, {"书记龙门阵", std::nullopt});
              })).id;
  }

  SessionWish wish(int64_t start_ms = kStart, const std::string& title = "第一期") {
    SessionWish made;
    made.channel = "main";
    made.series = series_;
    made.title = title;
    made.start_ms = start_ms;
    made.end_ms = start_ms + kHour;
    return made;
  }
  Decided<std::vector<Session>> schedule(const SessionWish& made,
                                         const std::optional<Repeat>& repeat = std::nullopt) {
    return run([&](soci::session& sql) { return schedule_sessions(sql, context_, made, repeat); });
  }
  Session scheduled(const SessionWish& made) {
    const auto sessions = good(schedule(made));
    return sessions.empty() ? Session{} : sessions.front();
  }
  Decided<Session> change(const ScheduleContext& by, const Session& seen, const SessionWish& made) {
    return run([&](soci::session& sql) {
      return change_session(sql, by, seen.id, {false, seen.row.version}, made);
    });
  }
  Decided<Session> act(const ScheduleContext& by, const Session& seen, SessionAction action) {
    return run([&](soci::session& sql) {
      return act_on_session(sql, by, seen.id, {false, seen.row.version}, action);
    });
  }
  int clock(int64_t now_ms) {
    ScheduleContext by = context("clock", now_ms);
    by.actor.id.clear();
    return good(run([&](soci::session& sql) -> Decided<int> { return do_what_is_due(sql, by); }));
  }
  Session session(const std::string& id) {
    return SessionTable(sql()).by_id(id).value_or(Session{});
  }
  std::string state(const Session& of) { return std::string(name_of(session(of.id).life.state)); }
  AuditRow last_audit() { return audit_page(sql(), 0, 1).front(); }

  ScheduleContext context_;
  std::string series_;
};

}  // namespace longmen::test
