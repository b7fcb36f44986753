// What a shard has counted, for /metrics: written by the shard's thread alone, read by any.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/base/drop_reason.h"
#include "core/media/identity.h"
#include "core/node/channel.h"

namespace longmen {

// One writer: no locked instruction is needed to add.
class Tally {
 public:
  void add(uint64_t count = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  void set(uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// How often something took how long, for a histogram; one writer, too. A bucket holds what does not
// exceed its bound, nor fits the one before; the last one has no bound.
class TimeTally {
 public:
  static constexpr std::array<int64_t, 14> kBoundsUs{100,  200,  300,  500,   750,   1000,  1500,
                                                     2000, 3000, 5000, 10000, 25000, 50000, 100000};
  static constexpr size_t kBuckets = kBoundsUs.size() + 1;

  void add(std::chrono::nanoseconds time) {
    const auto us = std::chrono::ceil<std::chrono::microseconds>(time).count();
    const auto bound = std::ranges::lower_bound(kBoundsUs, us);
    counts_[static_cast<size_t>(bound - kBoundsUs.begin())].add();
    sum_ns_.add(static_cast<uint64_t>(std::max<int64_t>(0, time.count())));
  }
  uint64_t count(size_t bucket) const { return counts_[bucket].value(); }
  uint64_t sum_ns() const { return sum_ns_.value(); }

 private:
  std::array<Tally, kBuckets> counts_;
  Tally sum_ns_;
};

struct ShardTotals {
  Tally packets;  // RTP and RTCP that the kernel took
  Tally bytes;    // of UDP payload, likewise
  Tally trains;   // sends in which they left
  Tally repeats;  // of `packets`, by RTX
  Tally nacked;   // packets that viewers asked for again
  Tally gso_fallbacks;
  Tally blocked;              // sends that the full socket buffer put off
  Tally skipped_video_units;  // left out for viewers that were late
  Tally skipped_audio_units;
  Tally switches_up;  // renditions, as the viewers' links allow
  Tally switches_down;
  Tally late_stops;     // pictures left out, since they would have been late
  Tally probe_packets;  // of `packets`: padding that finds out what a link carries
  Tally serving_ns;     // spent on those who watch, or waiting for the socket to take more
  Tally handshaking_ns;
  Tally rounds_cut;  // slices that ended with viewers still waiting
  // Pictures, from their arrival at the relay to their first train to a viewer of the shard.
  TimeTally first_sends;
  std::array<Tally, static_cast<size_t>(DropReason::kCount)> dropped;
  std::array<Tally, kMaxServed> viewers;  // now, by channel slot
  struct OfChannel {
    Tally packets;     // as above, for its viewers
    Tally nacked;      // of those, asked for again
    Tally late_stops;  // times that a viewer got no picture for a while
    // Now, by the video that they want; the last: sound alone. Looked at a few times a second.
    std::array<Tally, kMaxVideoRenditions + 1> watching;
  };
  std::array<OfChannel, kMaxServed> channels;  // by slot

  void drop(DropReason reason) { dropped[static_cast<size_t>(reason)].add(); }
};

}  // namespace longmen
