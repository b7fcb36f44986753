// Takes out of a feed's arrival what repair on the way put into it: units that had to be waited for
// come late and those behind them in a burst, and this gives all of them on evenly, a delay behind
// the fastest way that units have taken lately. The delay is what the path makes necessary: none
// while units are at most kTolerated late (what comes after levels that), else the greatest
// lateness of the last kMemory, never more than the `most` that repair may take. So a good path
// costs no time. It knows no codec and no protocol; units of a track come in their order. Bounds:
// kMaxWaiting units and kMaxWaitingBytes; past them the oldest go on at once. One thread. Source:
// RFC 3550 §A.8 speaks of the problem; docs/TIMELINE.md §9.
#pragma once

#include <array>
#include <deque>
#include <optional>

#include "core/base/bytes.h"
#include "core/time/media_time.h"

namespace longmen {

class PlayoutBuffer {
 public:
  static constexpr std::chrono::milliseconds kTolerated{60};
  static constexpr std::chrono::seconds kMemory{64};
  static constexpr std::chrono::seconds kBaseWindow{8};
  static constexpr size_t kMaxWaiting = 4096;
  static constexpr size_t kMaxWaitingBytes = 16 << 20;

  struct Unit {
    bool video = false;
    Flicks time{0};  // of the feed
    Bytes data;
    Monotonic arrival;  // when it was there; of what poll() gives: when it goes on
    bool keyframe = false;
  };

  explicit PlayoutBuffer(std::chrono::nanoseconds most) : most_(most) {}

  void push(Unit unit);
  std::optional<Unit> poll(Monotonic now);
  std::optional<Monotonic> next_timeout() const;
  // The track's time is another one from now on.
  void restart(bool video);

  std::chrono::nanoseconds delay() const { return delay_; }
  size_t waiting() const { return tracks_[0].units.size() + tracks_[1].units.size(); }

 private:
  // Least or greatest value of the last `kBuckets` buckets of time.
  static constexpr size_t kBuckets = 8;
  struct Bucket {
    int64_t number = -1;
    std::chrono::nanoseconds value{0};
  };
  struct Track {
    std::deque<Unit> units;
    std::array<Bucket, kBuckets> least;  // of arrival - time
    std::chrono::nanoseconds base{0};
  };
  std::chrono::nanoseconds base_of(Track& track, std::chrono::nanoseconds delay, Monotonic now);
  void note_lateness(std::chrono::nanoseconds lateness, Monotonic now);
  Monotonic due(const Track& track) const;  // of its first unit
  const Track* next_track() const;

  std::chrono::nanoseconds most_;
  std::array<Track, 2> tracks_;  // audio, video
  std::array<Bucket, kBuckets> greatest_;
  std::chrono::nanoseconds delay_{0};
  size_t waiting_bytes_ = 0;
};

}  // namespace longmen
