#include "core/session/session_life.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/names.h"

namespace longmen {
namespace {

using enum SessionState;

constexpr std::array kNames{
    Named{kScheduled, "scheduled"}, Named{kLive, "live"},     Named{kEnded, "ended"},
    Named{kCancelled, "cancelled"}, Named{kMissed, "missed"},
};

tl::unexpected<Error> cannot(std::string_view what, const SessionLife& life,
                             std::string_view instead) {
  return fail(
      fmt::format("a session that is {} cannot be {}; {}", name_of(life.state), what, instead));
}

Result<SessionLife> reopened(SessionLife life, int64_t now_ms,
                             std::chrono::milliseconds reopen_within) {
  if (life.state != kEnded) return cannot("reopened", life, "only one that has ended can");
  if (now_ms > life.ended_ms + reopen_within.count()) {
    return fail(
        fmt::format("it ended more than {} minutes ago; schedule another session",
                    std::chrono::duration_cast<std::chrono::minutes>(reopen_within).count()));
  }
  life.state = kLive;
  life.ended_ms = 0;
  life.auto_end = false;  // or its planned end, which has passed, would end it again at once
  return life;
}

}  // namespace

std::string_view name_of(SessionState state) {
  return name_in(kNames, state);
}

std::optional<SessionState> session_state_named(std::string_view name) {
  return value_in<SessionState>(kNames, name);
}

Result<SessionLife> after(const SessionLife& life, SessionAction action, int64_t now_ms,
                          std::chrono::milliseconds reopen_within) {
  SessionLife next = life;
  switch (action) {
    case SessionAction::kStart:
      // Late is better than never: one that was missed starts by hand.
      if (life.state != kScheduled && life.state != kMissed) {
        return cannot("started", life,
                      life.state == kEnded       ? "reopen it, or schedule another"
                      : life.state == kCancelled ? "restore it first"
                                                 : "end it first");
      }
      next.state = kLive;
      next.live_ms = now_ms;
      next.ended_ms = 0;
      if (next.planned_end_ms <= now_ms) next.auto_end = false;
      return next;
    case SessionAction::kEnd:
      if (life.state != kLive) return cannot("ended", life, "only one that is live can");
      next.state = kEnded;
      next.ended_ms = std::max(now_ms, life.live_ms);
      return next;
    case SessionAction::kReopen:
      return reopened(life, now_ms, reopen_within);
    case SessionAction::kCancel:
      if (life.state != kScheduled && life.state != kMissed)
        return cannot("cancelled", life, life.state == kLive ? "end it" : "leave it as it is");
      next.state = kCancelled;
      return next;
    case SessionAction::kRestore:
      if (life.state != kCancelled) return cannot("restored", life, "only a cancelled one can");
      next.state = life.planned_end_ms > now_ms ? kScheduled : kMissed;
      return next;
    case SessionAction::kMiss:
      if (life.state != kScheduled) return cannot("missed", life, "leave it as it is");
      next.state = kMissed;
      return next;
  }
  return fail("no such action");
}

int64_t reopen_until_ms(const SessionLife& life, std::chrono::milliseconds reopen_within) {
  return life.state == kEnded ? life.ended_ms + reopen_within.count() : 0;
}

Result<SessionLife> replanned(const SessionLife& life, int64_t start_ms, int64_t end_ms,
                              int64_t now_ms) {
  if (start_ms == life.planned_start_ms && end_ms == life.planned_end_ms) return life;
  if (end_ms - start_ms < kShortestSession.count() || end_ms - start_ms > kLongestSession.count())
    return fail("the planned end must be 1 minute to 24 hours after the planned start");
  if (life.state == kEnded)
    return fail("its planned times are history; reopen it, or schedule another session");
  if (life.state == kLive && start_ms != life.planned_start_ms)
    return fail("it is live; only its planned end can be moved");
  if (end_ms <= now_ms) return fail("the planned end must be in the future");
  SessionLife next = life;
  next.planned_start_ms = start_ms;
  next.planned_end_ms = end_ms;
  if (life.state == kMissed) next.state = kScheduled;
  return next;
}

std::optional<SessionAction> due(const SessionLife& life, int64_t now_ms) {
  if (life.state == kScheduled) {
    if (life.planned_end_ms <= now_ms) return SessionAction::kMiss;
    if (life.auto_start && life.planned_start_ms <= now_ms) return SessionAction::kStart;
  }
  if (life.state == kLive && life.auto_end && life.planned_end_ms <= now_ms)
    return SessionAction::kEnd;
  return std::nullopt;
}

}  // namespace longmen
