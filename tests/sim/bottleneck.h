// The narrowest place of a way in virtual time: a queue, first in first out, that is emptied at a
// rate which changes by script. What would wait longer than the bound is dropped, as a full queue
// does it. Traffic of others goes through the same queue.
#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "core/time/media_time.h"

namespace longmen::sim {

struct RateStep {
  Monotonic from;
  double bps = 0;
};

class Bottleneck {
 public:
  // The rate before the first step is that of the first.
  Bottleneck(std::vector<RateStep> steps, std::chrono::nanoseconds max_wait)
      : steps_(std::move(steps)), max_wait_(max_wait) {}

  // When the last byte has passed; none when it was dropped. Call with `now` ascending.
  std::optional<Monotonic> pass(size_t bytes, Monotonic now) {
    const Monotonic begin = std::max(free_, now);
    if (begin - now > max_wait_) {
      ++dropped_;
      return std::nullopt;
    }
    passed_bytes_ += bytes;
    return free_ = departure(begin, static_cast<double>(bytes) * 8);
  }
  std::chrono::nanoseconds wait(Monotonic now) const {
    return std::max(std::chrono::nanoseconds(0), free_ - now);
  }
  uint64_t dropped() const { return dropped_; }
  uint64_t passed_bytes() const { return passed_bytes_; }
  // What could have passed of a stream that takes no more than `most_bps`.
  double could_pass_bytes(Monotonic from, Monotonic to, double most_bps) const {
    double bits = 0;
    for (size_t step = 0; step < steps_.size(); ++step) {
      const Monotonic begin = step == 0 ? from : std::max(from, steps_[step].from);
      const Monotonic end = step + 1 == steps_.size() ? to : std::min(to, steps_[step + 1].from);
      if (begin < end)
        bits += std::min(steps_[step].bps, most_bps) *
                std::chrono::duration<double>(end - begin).count();
    }
    return bits / 8;
  }

 private:
  Monotonic departure(Monotonic at, double bits) const {
    for (size_t step = 0;; ++step) {
      const bool last = step + 1 == steps_.size();
      if (!last && steps_[step + 1].from <= at) continue;
      const double seconds = bits / steps_[step].bps;
      const double left = last ? std::numeric_limits<double>::infinity()
                               : std::chrono::duration<double>(steps_[step + 1].from - at).count();
      if (seconds <= left)
        return at + std::chrono::nanoseconds(static_cast<int64_t>(seconds * 1e9));
      bits -= left * steps_[step].bps;
      at = steps_[step + 1].from;
    }
  }

  std::vector<RateStep> steps_;
  std::chrono::nanoseconds max_wait_;
  Monotonic free_{};
  uint64_t dropped_ = 0;
  uint64_t passed_bytes_ = 0;
};

}  // namespace longmen::sim
