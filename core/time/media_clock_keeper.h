// The supervisor's keeper of the media clock: decides the lines that all processes of the node
// follow. It latches the wall clock once at start, never moves backwards (also not over a restart
// of the node or a reboot), slews by at most 250 ppm, and follows no step of the wall clock while
// the node runs. It knows no file, clock or socket: readings come in, a schedule and the text to
// persist come out.
//
// At start, the wall clock is believed: media time jumps forward to it if it is behind by more than
//   kMaxFollowed, and slews towards it otherwise (also when it is ahead by a day: it cannot go
//   back).
// While running, a wall clock that moves against the monotonic one by more than kMaxFollowed
//   between two readings has been stepped: media time keeps the monotonic clock's own rate,
//   alarmed, until the wall clock comes back or the node is restarted.
// Bounds: one decision each kDecideEvery; constant memory. Thread: the supervisor's.
// Source: docs/TIMELINE.md §2.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/time/media_clock.h"

namespace longmen {

using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

// Wall time (UTC, Unix epoch) as an instant of the media clock that would agree with it.
MediaTime media_time_of(WallTime wall);

enum class MediaClockAlarm {
  kNone,
  kDisagrees,  // media and wall differ by more than kAlarmBeyond; media slews towards the wall
  kStepped,    // the wall clock was stepped; media does not follow until the node is restarted
};
std::string_view name_of(MediaClockAlarm alarm);

// What a restart must know. Persisted on each change of the schedule *before* it is handed out, and
// every kPersistEvery.
struct MediaClockState {
  std::string boot_id;          // /proc/sys/kernel/random/boot_id; the schedule holds in that boot
  MediaClockSchedule schedule;  // the persisted offset
  Monotonic saved;              // when this was persisted
  MediaTime not_before;         // after a reboot, media time starts no earlier than this
  bool operator==(const MediaClockState&) const = default;
};
std::string to_json(const MediaClockState& state);
Result<MediaClockState> media_clock_state_from_json(std::string_view json);

class MediaClockKeeper {
 public:
  static constexpr std::chrono::milliseconds kAlarmBeyond{100};
  static constexpr std::chrono::milliseconds kMaxFollowed{1000};
  // Half of kMaxSlewPpm: a sender that is off by 200 ppm on top of it still drifts slower than the
  // 500 ppm that audio is resampled by at most (core/feed/sample_retimer.h).
  static constexpr int32_t kSlewPpm = 250;
  static constexpr std::chrono::microseconds kLeftAlone{500};  // no slew for less than this
  static constexpr std::chrono::seconds kDecideEvery{10};
  static constexpr std::chrono::seconds kCorrectWithin{60};  // slope = disagreement / this
  static constexpr std::chrono::seconds kLead{1};            // a new slope starts this much later
  static constexpr std::chrono::seconds kPersistEvery{2};
  static constexpr std::chrono::seconds kReserved{4};  // not_before lies this much ahead

  // `persisted`: the last state, or nothing on the node's first start.
  MediaClockKeeper(const std::optional<MediaClockState>& persisted, std::string boot_id,
                   WallTime wall, Monotonic mono);

  const MediaClockSchedule& schedule() const { return schedule_; }

  // Call about every second with readings taken together. A schedule that is returned is new: first
  // persist state(), then hand it to every process; it changes nothing for another kLead.
  std::optional<MediaClockSchedule> handle(WallTime wall, Monotonic mono);

  MediaClockState state(Monotonic mono) const;

  // As of the last reading.
  MediaClockAlarm alarm() const;
  std::chrono::nanoseconds wall_minus_media() const { return disagreement_; }
  // How far media time went forward at start to meet the wall clock (an outage, or a correction).
  std::chrono::nanoseconds jumped_at_start() const { return jumped_at_start_; }

 private:
  void latch(const std::optional<MediaClockState>& persisted, MediaTime wall, Monotonic mono);
  void observe(WallTime wall, Monotonic mono);
  int32_t wanted_ppm() const;

  std::string boot_id_;
  MediaClockSchedule schedule_;
  WallTime last_wall_;
  Monotonic last_mono_;
  Monotonic decided_;
  std::chrono::nanoseconds disagreement_{0};
  std::chrono::nanoseconds not_followed_{0};  // sum of the steps since start
  std::chrono::nanoseconds jumped_at_start_{0};
};

}  // namespace longmen
