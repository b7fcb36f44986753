// What can be done with sessions, each with its row of the audit: schedule one or a repeat of it,
// change, start, end, reopen, cancel, restore, remove. Keeps that a channel has one live session at
// most, and that no two of it are planned for the same time. Who may is decided before
// (control/permission.h). Inside the caller's transaction; every function throws as SOCI does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/decided.h"
#include "control/schedule_context.h"
#include "control/session_table.h"
#include "core/session/repeat.h"

namespace longmen {

// What is absent stays as it is.
struct SessionWish {
  std::optional<std::string> channel, series, theme, title, description, language, place;
  std::optional<std::vector<std::string>> speakers;
  std::optional<int64_t> start_ms, end_ms;
  std::optional<bool> auto_start, auto_end;
  std::optional<boost::json::object> slates;  // what is absent in it stays, too
};

// One, or with `repeat` as many as there are days in it, at the same time of the wall clock. All or
// none.
Decided<std::vector<Session>> schedule_sessions(soci::session& sql, const ScheduleContext& context,
                                                const SessionWish& wish,
                                                const std::optional<Repeat>& repeat);
// One that has been, elsewhere or as a part of another: `session` with its times, but without an id
// and a version. It cannot be reopened.
Decided<Session> file_session(soci::session& sql, const ScheduleContext& context, Session session);
Decided<Session> change_session(soci::session& sql, const ScheduleContext& context,
                                const std::string& id, const SeenVersion& seen,
                                const SessionWish& wish);
Decided<Session> act_on_session(soci::session& sql, const ScheduleContext& context,
                                const std::string& id, const SeenVersion& seen,
                                SessionAction action);
// Of what never was live. `following`: also the later ones of its repeat that are still to come.
// How many went.
Decided<int> remove_session(soci::session& sql, const ScheduleContext& context,
                            const std::string& id, const SeenVersion& seen, bool following);

// What the clock asks for: whatever is due now, also since before this process began. How many
// sessions changed.
int do_what_is_due(soci::session& sql, const ScheduleContext& context);
inline constexpr int kMaxDueAtOnce = 500;

}  // namespace longmen
