// When the next train of a picture may leave. A keyframe is several trains, and one right behind
// the other would stand as one burst in the queue before a thin link. They follow each other at
// kHeadroom times the link's rate, but no picture takes longer than `longest`: that much later is
// its last packet at most. A picture of one train never waits. Pure; one thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/bandwidth/bitrate.h"
#include "core/rtp/packetizer.h"
#include "core/time/media_time.h"

namespace longmen {

class PicturePacer {
 public:
  static constexpr double kHeadroom = 2.5;
  // Shorter waits are not worth a timer.
  static constexpr std::chrono::nanoseconds kLeastWait = std::chrono::microseconds(500);
  static constexpr Bitrate kThin = kbps(8000);
  static constexpr size_t kMaxThinTrainPackets = 8;

  // 0: nothing waits.
  explicit PicturePacer(std::chrono::nanoseconds longest) : longest_(longest) {}

  // Of one train, on a link of this rate, if it is known.
  size_t max_packets(std::optional<Bitrate> rate) const {
    const bool thin = longest_.count() > 0 && rate && *rate < kThin;
    return thin ? kMaxThinTrainPackets : kMaxTrainPackets;
  }

  // `bytes` of a picture of `picture_bytes` left, and there is more of it.
  void note_sent(size_t bytes, size_t picture_bytes, Bitrate rate, Monotonic now) {
    const double share = static_cast<double>(bytes) / static_cast<double>(picture_bytes);
    const std::chrono::nanoseconds wait =
        std::min(time_to_send(static_cast<double>(bytes), rate * kHeadroom),
                 std::chrono::nanoseconds(
                     static_cast<int64_t>(share * static_cast<double>(longest_.count()))));
    next_ = now + (wait < kLeastWait ? std::chrono::nanoseconds(0) : wait);
  }
  // When what is left of it may go on.
  Monotonic next() const { return next_; }

 private:
  std::chrono::nanoseconds longest_;
  Monotonic next_{};
};

}  // namespace longmen
