// What wall screens show of a channel while nothing is on it: replays one after the other, again
// and again, by the clock. It follows of the rule, of what was recorded and of the day alone, so
// all screens show the same second, and one that comes late is in the middle of it. A replay is
// the stretches of a session that may be shown; what was withdrawn is left out of the reckoning.
// Times are milliseconds since 1970. Pure; the caller has the time zone. Bound: kMaxWallReplays.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/recording/recording_info.h"
#include "core/session/wall_replay_rule.h"

namespace longmen {

inline constexpr size_t kMaxWallReplays = 24;
// Between two, in which screens fetch the next one.
inline constexpr int64_t kWallReplayPauseMs = 10'000;

// The wall's clock: on which day an instant is, counted from any, and the instant of a minute of
// such a day.
struct WallDays {
  std::function<int64_t(int64_t epoch_ms)> day_of;
  std::function<int64_t(int64_t day, int minute)> instant_of;
};

// A session that has ended and was recorded.
struct RecordedSession {
  std::string recording, title, series;
  int64_t start_ms = 0, end_ms = 0;
  std::vector<recording::TimeRange> withdrawn;
};

struct WallReplay {
  std::string recording, title, series;
  int64_t start_ms = 0;                      // of the session
  std::vector<recording::TimeRange> ranges;  // in order, not empty
  bool operator==(const WallReplay&) const = default;
};

struct WallReplayProgramme {
  int64_t from_ms = 0, until_ms = 0;  // the hours that hold, or the next ones
  int64_t begun_ms = 0;               // when the first one began, and the round
  std::vector<WallReplay> replays;
};

// `recorded` in any order. Without replays when there is nothing to be shown, or the rule is off.
WallReplayProgramme wall_replay_programme(const WallReplayRule& rule,
                                          const std::vector<RecordedSession>& recorded,
                                          int64_t now_ms, const WallDays& days);

// From when on replays make room for a session that begins at `next_ms`.
inline int64_t wall_replays_end_before(const WallReplayRule& rule, int64_t next_ms) {
  return next_ms - int64_t{rule.minutes_before} * 60'000;
}

}  // namespace longmen
