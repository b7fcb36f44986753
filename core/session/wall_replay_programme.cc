#include "core/session/wall_replay_programme.h"

#include <algorithm>

namespace longmen {
namespace {

using recording::TimeRange;

// Less than a segment or two is nothing to look at.
constexpr int64_t kShortestMs = 3'000;

// Of the session without what was withdrawn.
std::vector<TimeRange> shown_of(const RecordedSession& session) {
  std::vector<TimeRange> withdrawn = session.withdrawn;
  std::ranges::sort(withdrawn, {}, &TimeRange::from_ms);
  std::vector<TimeRange> shown;
  int64_t at_ms = session.start_ms;
  const auto add = [&](int64_t end_ms) {
    if (end_ms - at_ms >= kShortestMs) shown.push_back({at_ms, end_ms});
  };
  for (const TimeRange& range : withdrawn) {
    if (range.to_ms <= at_ms || range.from_ms >= session.end_ms) continue;
    add(range.from_ms);
    at_ms = range.to_ms;
  }
  add(session.end_ms);
  return shown;
}

TimeRange hours_at(const WallReplayRule& rule, int64_t now_ms, const WallDays& wall_days) {
  const int64_t today = wall_days.day_of(now_ms);
  const int over_midnight = rule.until_minute <= rule.from_minute ? 1 : 0;
  // Yesterday's may go on until the morning.
  for (int64_t day = today - 1; day <= today; ++day) {
    const TimeRange hours{wall_days.instant_of(day, rule.from_minute),
                          wall_days.instant_of(day + over_midnight, rule.until_minute)};
    if (now_ms < hours.to_ms) return hours;
  }
  return {wall_days.instant_of(today + 1, rule.from_minute),
          wall_days.instant_of(today + 1 + over_midnight, rule.until_minute)};
}

}  // namespace

WallReplayProgramme wall_replay_programme(const WallReplayRule& rule,
                                          const std::vector<RecordedSession>& recorded,
                                          int64_t now_ms, const WallDays& wall_days) {
  WallReplayProgramme programme;
  if (rule.what == WallReplayWhat::kOff) return programme;
  const TimeRange hours = hours_at(rule, now_ms, wall_days);
  programme.from_ms = hours.from_ms;
  programme.until_ms = hours.to_ms;
  std::vector<const RecordedSession*> latest_first;
  for (const RecordedSession& session : recorded) {
    if (session.end_ms <= now_ms && !shown_of(session).empty()) latest_first.push_back(&session);
  }
  std::ranges::sort(latest_first, [](const auto* one, const auto* other) {
    return std::pair(one->start_ms, one->recording) > std::pair(other->start_ms, other->recording);
  });
  if (latest_first.empty()) return programme;
  const int64_t day = wall_days.day_of(latest_first.front()->start_ms);
  const bool alone = rule.what == WallReplayWhat::kLast;
  const auto is_of_another_day = [&](const auto* session) {
    return wall_days.day_of(session->start_ms) != day;
  };
  const auto end =
      alone ? latest_first.begin() + 1 : std::ranges::find_if(latest_first, is_of_another_day);
  latest_first.erase(end, latest_first.end());
  if (latest_first.size() > kMaxWallReplays) latest_first.resize(kMaxWallReplays);
  programme.begun_ms = hours.from_ms;
  for (const RecordedSession* session : latest_first) {
    programme.replays.push_back({session->recording, session->title, session->series,
                                 session->start_ms, shown_of(*session)});
    // One that has just ended is not shown from its middle on.
    programme.begun_ms = std::max(programme.begun_ms, session->end_ms + kWallReplayPauseMs);
  }
  std::ranges::reverse(programme.replays);
  return programme;
}

}  // namespace longmen
