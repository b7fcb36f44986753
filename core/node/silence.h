// Decides how long a process has been silent though it could have spoken. Time in which its threads
// stood ready and no processor took them is the machine's doing, not its own: on a machine that is
// too busy, killing what is slow only adds the cost of its start. At most kMostExcused of a silence
// is excused so, since a thread that spins for ever stands ready for ever, too. Pure; it is told
// the time and what the system counts. One thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/time/media_time.h"

namespace longmen {

class Silence {
 public:
  // Signs of life come more often; what the system counts is asked for in a longer silence alone.
  static constexpr std::chrono::milliseconds kUsual{300};
  static constexpr std::chrono::seconds kMostExcused{4};

  // A sign of life.
  void broken(Monotonic now) { *this = Silence(now); }

  // How long its own silence is. `waited` returns the time that its threads, all together, have
  // waited for a processor since they began to live; it is called when that matters.
  template <typename Waited>
  std::chrono::nanoseconds length(Monotonic now, Waited&& waited) {
    if (now - since_ > kUsual) excuse(now, waited());
    return now - since_ - std::min<std::chrono::nanoseconds>(excused_, kMostExcused);
  }
  std::chrono::nanoseconds excused() const { return excused_; }

  Silence() = default;
  explicit Silence(Monotonic since) : since_(since) {}

 private:
  // Threads wait side by side, so what they waited together may be more than the time that passed.
  void excuse(Monotonic now, std::chrono::nanoseconds waited) {
    if (asked_)
      excused_ += std::clamp<std::chrono::nanoseconds>(waited - waited_, {}, now - *asked_);
    asked_ = now;
    waited_ = waited;
  }

  Monotonic since_;
  std::optional<Monotonic> asked_;
  std::chrono::nanoseconds waited_{0};
  std::chrono::nanoseconds excused_{0};
};

}  // namespace longmen
