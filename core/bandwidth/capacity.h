// How fast a link carries bytes while it is busy: from the spacing of packets that arrived one
// behind the other, be it that they left together (a train) or that one had to wait for the other.
// The last kBuckets short stretches count, at least kMinStretch or kMinStretchBytes each: after a
// change of rate, 160 ms of a busy link are enough. It does not know which packets waited; it sees
// no more than the link's own rate: with others on the link, less is free. One thread.
#pragma once

#include <array>
#include <optional>

#include "core/bandwidth/bitrate.h"

namespace longmen {

class Capacity {
 public:
  static constexpr size_t kBuckets = 8;
  static constexpr double kMinStretchSeconds = 0.020;
  static constexpr double kMinStretchBytes = 6000;
  static constexpr double kMinBytes = 12'000;  // in all, before anything is said
  static constexpr Bitrate kMost = kbps(100'000);

  // A packet of so many bytes arrived so much later than the one before that it waited for.
  void add(size_t bytes, double seconds) {
    Stretch& stretch = stretches_[at_];
    stretch.bytes += static_cast<double>(bytes);
    stretch.seconds += seconds;
    if (stretch.bytes < kMinStretchBytes && stretch.seconds < kMinStretchSeconds) return;
    at_ = (at_ + 1) % kBuckets;
    stretches_[at_] = {};
  }

  std::optional<Bitrate> rate() const {
    Stretch all;
    for (const Stretch& stretch : stretches_) {
      all.bytes += stretch.bytes;
      all.seconds += stretch.seconds;
    }
    if (all.bytes < kMinBytes && all.seconds < kBuckets * kMinStretchSeconds / 2)
      return std::nullopt;
    if (all.bytes * 8 >= kMost.bps * all.seconds) return kMost;
    return Bitrate{all.bytes * 8 / all.seconds};
  }

 private:
  struct Stretch {
    double bytes = 0;
    double seconds = 0;
  };
  std::array<Stretch, kBuckets> stretches_{};
  size_t at_ = 0;
};

}  // namespace longmen
