// The life of a session: scheduled -> live -> ended, back on air for a while after it ended,
// cancelled and taken up again, missed when its time went by without it. Decides what may follow
// what, and what the clock asks for; knows no channel (that only one session of it is live is its
// store's to keep), no database, and reads no clock. Times are milliseconds since 1970; 0 where
// none is known.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/result.h"

namespace longmen {

enum class SessionState { kScheduled, kLive, kEnded, kCancelled, kMissed };
std::string_view name_of(SessionState state);
std::optional<SessionState> session_state_named(std::string_view name);

enum class SessionAction { kStart, kEnd, kReopen, kCancel, kRestore, kMiss };

struct SessionLife {
  SessionState state = SessionState::kScheduled;
  int64_t planned_start_ms = 0;
  int64_t planned_end_ms = 0;
  int64_t live_ms = 0;   // when it went live; a session that is reopened keeps it
  int64_t ended_ms = 0;  // while it is ended
  bool auto_start = false;
  bool auto_end = false;
  bool operator==(const SessionLife&) const = default;
};

inline constexpr std::chrono::milliseconds kShortestSession = std::chrono::minutes(1);
inline constexpr std::chrono::milliseconds kLongestSession = std::chrono::hours(24);

// The words say why it may not follow, and what may be done instead.
Result<SessionLife> after(const SessionLife& life, SessionAction action, int64_t now_ms,
                          std::chrono::milliseconds reopen_within);

// Until when an ended one can be reopened; 0 when it is not ended.
int64_t reopen_until_ms(const SessionLife& life, std::chrono::milliseconds reopen_within);

// Other planned times. One that was missed is scheduled again when its new end is to come.
Result<SessionLife> replanned(const SessionLife& life, int64_t start_ms, int64_t end_ms,
                              int64_t now_ms);

// What the clock does to it now: kStart, kEnd or kMiss. One whose end passed while nobody looked
// was missed, whether it was to start by hand or by the clock.
std::optional<SessionAction> due(const SessionLife& life, int64_t now_ms);

}  // namespace longmen
