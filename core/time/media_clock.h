// The media clock as every process reads it: straight lines from CLOCK_MONOTONIC to MediaTime.
// Decides nothing: media_clock_keeper.h chooses the lines, in the supervisor alone; a schedule says
// which line holds from which instant on, so that all processes of a node change slope together.
// Exact: 128-bit arithmetic, rounded once, never accumulated. It knows no wall clock.
// SharedMediaClock: one thread sets, any thread reads, without lock or allocation.
// Source: docs/TIMELINE.md §1.
#pragma once

#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/time/media_time.h"

namespace longmen {

inline constexpr int32_t kMaxSlewPpm = 500;

// Passes through (mono, media); the media clock runs (1'000'000 + ppm) / 1'000'000 times as fast as
// the monotonic one.
struct MediaClockLine {
  Monotonic mono;
  MediaTime media;
  int32_t ppm = 0;  // -kMaxSlewPpm..kMaxSlewPpm

  // The flick at or before `instant`; instants before `mono` are fine.
  MediaTime media_at(Monotonic instant) const;
  // The first nanosecond at which media_at() has reached `time`: what a timer is set to.
  Monotonic monotonic_at(MediaTime time) const;
  bool operator==(const MediaClockLine&) const = default;
};

// `next`, when there is one, holds from next->mono on and meets `current` there exactly.
struct MediaClockSchedule {
  MediaClockLine current;
  std::optional<MediaClockLine> next;

  const MediaClockLine& line_at(Monotonic instant) const {
    return next && instant >= next->mono ? *next : current;
  }
  MediaTime media_at(Monotonic instant) const { return line_at(instant).media_at(instant); }
  Monotonic monotonic_at(MediaTime time) const;
  bool operator==(const MediaClockSchedule&) const = default;
};

// Body of the kClock message:
//   {"version":1,"current":{"mono_ns":N,"media_flicks":N,"ppm":N},"next":{...}}   (next: optional)
// Reading refuses slopes beyond kMaxSlewPpm and a `next` that does not meet `current`.
std::string to_json(const MediaClockSchedule& schedule);
Result<MediaClockSchedule> media_clock_schedule_from_json(std::string_view json);

class SharedMediaClock {
 public:
  // One thread only. Readers that run meanwhile see the old or the new schedule, never a mixture,
  // and never wait for a setter that was interrupted.
  void set(const MediaClockSchedule& schedule);

  // Any thread. Before the first set(): false, and the other readers give the line through
  // (monotonic 0, media 0).
  bool is_set() const { return version_.load(std::memory_order_acquire) != 0; }
  MediaClockSchedule schedule() const;
  MediaTime media_at(Monotonic instant) const { return schedule().media_at(instant); }
  Monotonic monotonic_at(MediaTime time) const { return schedule().monotonic_at(time); }

 private:
  // current mono, media, ppm; next mono, media, ppm (beyond kMaxSlewPpm: none).
  using Slot = std::array<std::atomic<int64_t>, 6>;

  std::array<Slot, 2> slots_{};
  std::atomic<uint64_t> version_{0};  // readers use slot version % 2, the setter writes the other
};

}  // namespace longmen
