// Decides how long to wait before a process that died is started again: at once the first time,
// then 100 ms doubling to 2 s; a process that lived for 10 s starts afresh. The longest wait is
// shorter than what others keep for a process that comes back (streamer/gateway_outlet.h), so that
// one which dies again and again still loses nothing that was on air; a start takes a fraction of a
// second, of which trying every 2 s is cheap enough.
#pragma once

#include <algorithm>
#include <chrono>

#include "core/time/media_time.h"

namespace longmen {

class RestartBackoff {
 public:
  static constexpr std::chrono::milliseconds kFirst{100};
  static constexpr std::chrono::milliseconds kLongest{2'000};
  static constexpr std::chrono::seconds kStable{10};

  void started(Monotonic now) { started_ = now; }

  // The delay before the next start.
  std::chrono::milliseconds died(Monotonic now) {
    if (now - started_ >= kStable) next_ = std::chrono::milliseconds(0);
    const auto delay = next_;
    next_ = next_.count() == 0 ? kFirst : std::min(next_ * 2, kLongest);
    return delay;
  }

 private:
  Monotonic started_;
  std::chrono::milliseconds next_{0};
};

}  // namespace longmen
