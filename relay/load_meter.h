// How much of its time a shard needs for those who watch, measured over the last second of wall
// clock (so that a processor that others took counts as well; at its beginning, what is not
// measured yet counts as free), and what more viewers would need: the same share each, once there
// are enough to tell. Handshakes are not noted here, since they
// give way to media. It reads no clock, and judges nothing. Bounds: kTicks. The shard's thread
// notes, any may ask.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>

#include "core/time/media_time.h"

namespace longmen {

class LoadMeter {
 public:
  static constexpr size_t kTicks = 10;  // of 100 ms: the last second
  static constexpr std::chrono::nanoseconds kWhole = std::chrono::seconds(1);
  // Below, what a shard does for any number of viewers would be taken for what each of them needs.
  static constexpr double kEnoughToTell = 100;

  // --- The shard's thread.
  void note(std::chrono::nanoseconds busy) { busy_ += busy; }
  // A tick is over, in which so many watched. The first one only begins.
  void tick(Monotonic now, int watching) {
    if (last_tick_ != Monotonic{}) {
      Tick& tick = ticks_[next_++ % kTicks];
      tick.elapsed = now - last_tick_;
      tick.busy = std::min(busy_, tick.elapsed);
      tick.watched = static_cast<double>(watching) * static_cast<double>(tick.elapsed.count());
      publish();
    }
    last_tick_ = now;
    busy_ = {};
  }

  // --- Any thread.
  double share() const { return share_.load(std::memory_order_relaxed); }  // 0 to 1
  // The share when so many watch: more than now or not, it is never less than what was measured.
  double expected(int viewers) const {
    const double watching = watching_.load(std::memory_order_relaxed);
    if (watching < kEnoughToTell) return share();
    return share() * std::max(1.0, viewers / watching);
  }

 private:
  struct Tick {
    std::chrono::nanoseconds elapsed{0};
    std::chrono::nanoseconds busy{0};
    double watched = 0;  // viewers times nanoseconds
  };

  void publish() {
    Tick sum;
    for (const Tick& tick : ticks_) {
      sum.elapsed += tick.elapsed;
      sum.busy += tick.busy;
      sum.watched += tick.watched;
    }
    const auto elapsed = static_cast<double>(std::max(kWhole, sum.elapsed).count());
    share_.store(static_cast<double>(sum.busy.count()) / elapsed, std::memory_order_relaxed);
    watching_.store(sum.watched / elapsed, std::memory_order_relaxed);
  }

  std::array<Tick, kTicks> ticks_{};
  size_t next_ = 0;
  Monotonic last_tick_{};
  std::chrono::nanoseconds busy_{0};  // since the last tick
  std::atomic<double> share_{0};
  std::atomic<double> watching_{0};
};

}  // namespace longmen
