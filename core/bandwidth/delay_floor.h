// The least one-way delay of a path, which is what it would be with empty queues: the least seen in
// the last kFloorWindow to twice that. Older figures are forgotten, so that a clock that drifts
// (200 ppm: 4 ms in 20 s) or a longer path is followed in the end. A path that became longer at
// once looks like a queue that never moves: rebase() is for whoever notices that. Delays have an
// arbitrary zero, since the clocks of both ends are not related. One thread; no allocation.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

#include "core/time/media_time.h"

namespace longmen {

inline constexpr std::chrono::nanoseconds kFloorWindow = std::chrono::seconds(10);

class DelayFloor {
 public:
  void add(int64_t delay_ticks, Monotonic now) {
    if (now - begun_ >= kFloorWindow) {
      before_ = now - begun_ >= 2 * kFloorWindow ? kNone : current_;
      current_ = kNone;
      begun_ = now;
    }
    current_ = std::min(current_, delay_ticks);
  }
  void rebase(int64_t delay_ticks, Monotonic now) {
    before_ = kNone;
    current_ = delay_ticks;
    begun_ = now;
  }
  // After the first add().
  int64_t ticks() const { return std::min(before_, current_); }

 private:
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  int64_t before_ = kNone;
  int64_t current_ = kNone;
  Monotonic begun_{};
};

}  // namespace longmen
