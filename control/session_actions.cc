#include "control/session_actions.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "control/air_actions.h"
#include "control/air_delay_table.h"
#include "control/recording_table.h"
#include "control/secret.h"
#include "control/series.h"
#include "control/slate_actions.h"
#include "control/text_rules.h"
#include "control/theme.h"

namespace longmen {
namespace {

std::string_view audit_name(SessionAction action) {
  switch (action) {
    case SessionAction::kStart:
      return "session.start";
    case SessionAction::kEnd:
      return "session.end";
    case SessionAction::kReopen:
      return "session.reopen";
    case SessionAction::kCancel:
      return "session.cancel";
    case SessionAction::kRestore:
      return "session.restore";
    case SessionAction::kMiss:
      return "session.miss";
  }
  return "session.change";
}

std::string shown(const Session& session, const ScheduleContext& context) {
  return boost::json::serialize(session_to_json(session, context.settings.reopen_within));
}

tl::unexpected<HttpProblem> no_session(const std::string& id) {
  return refuse(404, fmt::format("there is no session \"{}\"", id));
}

bool is_channel(soci::session& sql, const std::string& id) {
  int count = 0;
  sql << "SELECT COUNT(*) FROM channels WHERE id = :id", soci::into(count), soci::use(id);
  return count > 0;
}

std::optional<std::string> fault_of_texts(const Session& session) {
  if (auto fault = fault_of_title("title", session.title)) return fault;
  if (auto fault = fault_of_text("description", session.description, kMaxDescriptionBytes,
                                 LineBreaks::kAllowed))
    return fault;
  if (auto fault = fault_of_text("place", session.place, kMaxPlaceBytes, LineBreaks::kNone))
    return fault;
  if (auto fault = fault_of_language(session.language)) return fault;
  if (session.speakers.size() > kMaxSpeakers)
    return fmt::format("speakers: {} are allowed", kMaxSpeakers);
  for (const std::string& speaker : session.speakers) {
    if (auto fault = fault_of_title("speakers", speaker, kMaxSpeakerBytes)) return fault;
  }
  return std::nullopt;
}

Decided<bool> check(soci::session& sql, const Session& session) {
  if (const auto fault = fault_of_texts(session)) return refuse(422, *fault);
  if (!is_channel(sql, session.channel))
    return refuse(422, fmt::format("channel: there is no channel \"{}\"", session.channel));
  if (!SeriesTable(sql).by_id(session.series))
    return refuse(422, fmt::format("series: there is no series \"{}\"", session.series));
  if (!session.theme.empty() && !ThemeTable(sql).by_id(session.theme))
    return refuse(422, fmt::format("theme: there is no theme \"{}\"", session.theme));
  return true;
}

// Planned times of a channel do not meet.
Decided<bool> check_room(soci::session& sql, const ScheduleContext& context,
                         const Session& session) {
  const auto state = session.life.state;
  if (state != SessionState::kScheduled && state != SessionState::kLive) return true;
  const auto other = SessionTable(sql).overlapping(session.channel, session.life.planned_start_ms,
                                                   session.life.planned_end_ms, session.id);
  if (!other) return true;
  const TimeZone& zone = context.settings.zone;
  return refuse(409,
                fmt::format("from {} to {} ({}) the channel has the session \"{}\"; move one "
                            "of the two, or cancel one",
                            zone.words(other->life.planned_start_ms),
                            zone.words(other->life.planned_end_ms), zone.name(), other->title));
}

Decided<bool> apply_slates(soci::session& sql, const SessionWish& wish, Session& session) {
  if (!wish.slates && !wish.channel) return true;
  if (wish.slates) {
    const auto chosen = read_chosen_slates(*wish.slates, session.slates);
    if (!chosen) return refuse(422, "slates: " + chosen.error().message);
    session.slates = *chosen;
  }
  return check_chosen(sql, session.channel, session.slates);
}

void apply(const SessionWish& wish, Session& session) {
  session.channel = wish.channel.value_or(session.channel);
  session.series = wish.series.value_or(session.series);
  session.theme = wish.theme.value_or(session.theme);
  session.title = wish.title.value_or(session.title);
  session.description = wish.description.value_or(session.description);
  session.speakers = wish.speakers.value_or(session.speakers);
  session.language = wish.language.value_or(session.language);
  session.place = wish.place.value_or(session.place);
  session.life.auto_start = wish.auto_start.value_or(session.life.auto_start);
  session.life.auto_end = wish.auto_end.value_or(session.life.auto_end);
}

bool same_content(const Session& one, const Session& other) {
  const auto texts = [](const Session& each) {
    return std::tie(each.channel, each.series, each.theme, each.title, each.description,
                    each.speakers, each.language, each.place, each.slates.values);
  };
  return texts(one) == texts(other) && one.life == other.life;
}

struct Planned {
  int64_t start_ms = 0, end_ms = 0;
};

Decided<std::vector<Planned>> times_of(const ScheduleContext& context, const SessionWish& wish,
                                       const std::optional<Repeat>& repeat) {
  if (!wish.start_ms || !wish.end_ms)
    return refuse(422, "start_ms and end_ms: milliseconds since 1970 are needed");
  const int64_t length = *wish.end_ms - *wish.start_ms;
  // Whatever follows must not overflow.
  constexpr int64_t kLatest = 253'370'764'800'000;  // the year 9999
  if (*wish.start_ms < 0 || *wish.start_ms > kLatest || *wish.end_ms < 0 || *wish.end_ms > kLatest)
    return refuse(422, "start_ms and end_ms: milliseconds since 1970 are allowed");
  if (length < kShortestSession.count() || length > kLongestSession.count())
    return refuse(422, "end_ms: 1 minute to 24 hours after start_ms is allowed");
  if (*wish.end_ms <= context.actor.now_ms)
    return refuse(422, "end_ms: a planned end in the future is allowed");
  if (!repeat) return std::vector<Planned>{{*wish.start_ms, *wish.end_ms}};
  const TimeZone& zone = context.settings.zone;
  const WallTime first = zone.at(*wish.start_ms);
  const auto days = days_of(first.day, *repeat);
  if (!days) return refuse(422, days.error().message);
  std::vector<Planned> times;
  for (const std::chrono::local_days& day : *days) {
    const int64_t start_ms = zone.epoch_ms({day, first.of_day});
    times.push_back({start_ms, start_ms + length});
  }
  return times;
}

void write_change(soci::session& sql, const ScheduleContext& context, const std::string& action,
                  const Session& before, Session& after) {
  after.row = before.row.next(context.actor);
  SessionTable(sql).update(after);
  append_audit(sql, context.actor, action, after.id, shown(before, context), shown(after, context));
}

// Of a programme that is held before it airs: its instants are those at which they are on air.
SessionLife as_aired(soci::session& sql, const Session& before, SessionLife after, int64_t now_ms) {
  const int64_t delay_ms = AirDelayTable(sql).delay_of(before.channel).count();
  if (after.live_ms != before.life.live_ms) after.live_ms += delay_ms;
  if (after.ended_ms != 0 && after.ended_ms != before.life.ended_ms)
    after.ended_ms = std::max(now_ms + delay_ms, after.live_ms);
  return after;
}

Decided<bool> check_nothing_else_is_live(soci::session& sql, const ScheduleContext& context,
                                         const Session& session) {
  const auto other = SessionTable(sql).live_on(session.channel);
  if (!other || other->id == session.id) return true;
  return refuse(409, fmt::format("\"{}\" is live on this channel since {} ({}); end it first",
                                 other->title, context.settings.zone.words(other->life.live_ms),
                                 context.settings.zone.name()));
}

}  // namespace

Decided<std::vector<Session>> schedule_sessions(soci::session& sql, const ScheduleContext& context,
                                                const SessionWish& wish,
                                                const std::optional<Repeat>& repeat) {
  const auto times = times_of(context, wish, repeat);
  if (!times) return tl::unexpected(times.error());
  SessionTable table(sql);
  if (table.planned() + static_cast<int>(times->size()) > kMaxPlannedSessions) {
    return refuse(409, fmt::format("{} sessions are scheduled, and no more are possible",
                                   kMaxPlannedSessions));
  }
  Session session;
  apply(wish, session);
  if (auto checked = check(sql, session); !checked) return tl::unexpected(checked.error());
  if (auto chosen = apply_slates(sql, wish, session); !chosen)
    return tl::unexpected(chosen.error());
  if (repeat) session.repeat = make_id(context.random);
  session.row = RowVersion::first(context.actor);
  std::vector<Session> scheduled;
  for (const Planned& planned : *times) {
    session.id = make_id(context.random);
    session.life.planned_start_ms = planned.start_ms;
    session.life.planned_end_ms = planned.end_ms;
    if (auto room = check_room(sql, context, session); !room) return tl::unexpected(room.error());
    table.insert(session);
    append_audit(sql, context.actor, "session.schedule", session.id, "", shown(session, context));
    scheduled.push_back(session);
  }
  return scheduled;
}

Decided<Session> file_session(soci::session& sql, const ScheduleContext& context, Session session) {
  if (auto checked = check(sql, session); !checked) return tl::unexpected(checked.error());
  session.id = make_id(context.random);
  session.row = RowVersion::first(context.actor);
  SessionLife& life = session.life;
  life.state = SessionState::kEnded;
  life.ended_ms =
      std::min(life.ended_ms, context.actor.now_ms - context.settings.reopen_within.count() - 1);
  life.live_ms = std::min(life.live_ms, life.ended_ms - 1);
  if (life.live_ms <= 0) return refuse(422, "its times are none");
  life.planned_start_ms = life.live_ms;
  life.planned_end_ms = life.ended_ms;
  SessionTable(sql).insert(session);
  append_audit(sql, context.actor, "session.file", session.id, "", shown(session, context));
  return session;
}

Decided<Session> change_session(soci::session& sql, const ScheduleContext& context,
                                const std::string& id, const SeenVersion& seen,
                                const SessionWish& wish) {
  const auto found = SessionTable(sql).by_id(id);
  if (!found) return no_session(id);
  if (auto stale = outdated(sql, seen, found->row, {"session", id}, context.settings.zone))
    return tl::unexpected(*stale);
  Session session = *found;
  apply(wish, session);
  if (auto chosen = apply_slates(sql, wish, session); !chosen)
    return tl::unexpected(chosen.error());
  const auto life =
      replanned(session.life, wish.start_ms.value_or(session.life.planned_start_ms),
                wish.end_ms.value_or(session.life.planned_end_ms), context.actor.now_ms);
  if (!life) return refuse(422, life.error().message);
  session.life = *life;
  if (same_content(session, *found)) return session;
  const auto was = found->life.state;
  if (session.channel != found->channel &&
      (was == SessionState::kLive || was == SessionState::kEnded)) {
    return refuse(409, fmt::format("a session that is {} stays on its channel", name_of(was)));
  }
  if (auto checked = check(sql, session); !checked) return tl::unexpected(checked.error());
  const bool moved = session.channel != found->channel || !(session.life == found->life);
  if (auto room = check_room(sql, context, session); moved && !room)
    return tl::unexpected(room.error());
  write_change(sql, context, "session.change", *found, session);
  // Another series may keep its recordings for longer.
  if (session.series != found->series) RecordingTable(sql).order_chapters(id);
  return session;
}

Decided<Session> act_on_session(soci::session& sql, const ScheduleContext& context,
                                const std::string& id, const SeenVersion& seen,
                                SessionAction action) {
  const auto found = SessionTable(sql).by_id(id);
  if (!found) return no_session(id);
  if (auto stale = outdated(sql, seen, found->row, {"session", id}, context.settings.zone))
    return tl::unexpected(*stale);
  const auto life =
      after(found->life, action, context.actor.now_ms, context.settings.reopen_within);
  if (!life) return refuse(409, life.error().message);
  Session session = *found;
  session.life = as_aired(sql, *found, *life, context.actor.now_ms);
  if (session.life.state == SessionState::kLive) {
    if (auto alone = check_nothing_else_is_live(sql, context, session); !alone)
      return tl::unexpected(alone.error());
    end_rehearsal(sql, context, session.channel);
  }
  if (action == SessionAction::kRestore) {
    if (auto room = check_room(sql, context, session); !room) return tl::unexpected(room.error());
  }
  write_change(sql, context, std::string(audit_name(action)), *found, session);
  return session;
}

Decided<int> remove_session(soci::session& sql, const ScheduleContext& context,
                            const std::string& id, const SeenVersion& seen, bool following) {
  SessionTable table(sql);
  const auto found = table.by_id(id);
  if (!found) return no_session(id);
  if (auto stale = outdated(sql, seen, found->row, {"session", id}, context.settings.zone))
    return tl::unexpected(*stale);
  if (found->life.live_ms != 0)
    return refuse(409, "it was on air and stays in the record; what has not begun can be removed");
  std::vector<Session> going{*found};
  if (following && !found->repeat.empty()) {
    for (const Session& each : table.of_repeat(found->repeat, found->life.planned_start_ms)) {
      const bool begun = each.life.live_ms != 0 || each.life.state == SessionState::kMissed;
      if (!begun && each.id != id) going.push_back(each);
    }
  }
  for (const Session& each : going) {
    table.remove(each.id);
    append_audit(sql, context.actor, "session.remove", each.id, shown(each, context), "");
  }
  return static_cast<int>(going.size());
}

int do_what_is_due(soci::session& sql, const ScheduleContext& context) {
  SessionTable table(sql);
  int changed = 0;
  for (const Session& found : table.due(context.actor.now_ms, kMaxDueAtOnce)) {
    const auto action = due(found.life, context.actor.now_ms);
    if (!action) continue;
    // Who is live stays so until it is ended, by hand or by the clock; the other waits meanwhile.
    if (*action == SessionAction::kStart && table.live_on(found.channel)) continue;
    const auto life =
        after(found.life, *action, context.actor.now_ms, context.settings.reopen_within);
    if (!life) continue;
    Session session = found;
    session.life = as_aired(sql, found, *life, context.actor.now_ms);
    if (*action == SessionAction::kStart) end_rehearsal(sql, context, session.channel);
    write_change(sql, context, std::string(audit_name(*action)), found, session);
    ++changed;
  }
  return changed;
}

}  // namespace longmen
