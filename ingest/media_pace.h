// Lets media pass no faster than its own time runs, for sources that are read as fast as they can
// be. The tracks of one source share it, each on a thread of its own, which waits here. One that is
// late by more than kMaxBehind, or jumps ahead by more than kMaxAhead, begins the pace anew.
// Constant memory. Any thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include "core/time/media_time.h"
#include "ingest/monotonic_now.h"

namespace longmen {

class MediaPace {
 public:
  static constexpr std::chrono::seconds kMaxBehind{2};
  static constexpr std::chrono::seconds kMaxAhead{5};  // more than tracks are apart in a file

  // When media of that time is due; now, if the pace begins with it.
  Monotonic due(Flicks time, Monotonic now) {
    const std::lock_guard lock(mutex_);
    return due_locked(time, now);
  }
  // Waits until then. False: it is over.
  bool wait(Flicks time) {
    std::unique_lock lock(mutex_);
    const Monotonic at = due_locked(time, monotonic_now());
    over_changed_.wait_until(lock, at, [this] { return over_; });
    return !over_;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    over_changed_.notify_all();
  }

 private:
  Monotonic due_locked(Flicks time, Monotonic now) {
    if (base_) {
      const Monotonic at = *base_ + floor_nanoseconds(time - first_);
      if (now - at <= kMaxBehind && at - now <= kMaxAhead) return at;
    }
    base_ = now;
    first_ = time;
    return now;
  }

  std::mutex mutex_;
  std::condition_variable over_changed_;
  std::optional<Monotonic> base_;
  Flicks first_{0};
  bool over_ = false;
};

}  // namespace longmen
