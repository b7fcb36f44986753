// How long the same frame is under way to all viewers: from its first packet at the first viewer
// to its first packet at the last one. Looks often enough at how many frames each viewer has begun
// to get and when the newest began; it knows neither sockets nor clocks. The same frame has another
// timestamp at each viewer, so frames are told by counting, from a look at which all viewers have
// the same one: their newest frames began within kAligned, which is less than a frame lasts.
// Viewers neither come nor go meanwhile. Bounds: kMaxPending frames; older ones, of which some
// viewer's beginning was not seen, are missed and counted. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "core/time/media_time.h"

namespace longmen {

struct FrameArrival {
  uint64_t frames = 0;       // that this viewer has begun to get
  Monotonic newest_began{};  // the newest of them
};

class FrameSpread {
 public:
  static constexpr std::chrono::milliseconds kAligned{10};
  static constexpr uint64_t kMaxPending = 16;

  // All viewers, in the same order each time.
  void look(std::span<const FrameArrival> arrivals);
  const std::vector<double>& spreads_ms() const { return spreads_ms_; }
  uint64_t missed() const { return missed_; }

 private:
  struct Viewer {
    uint64_t first_frame = 0;  // its count when all had the same frame
    Monotonic newest_began{};
  };
  struct Frame {
    Monotonic first;
    Monotonic last;
    size_t viewers = 0;
  };
  void begin(std::span<const FrameArrival> arrivals);
  void note(uint64_t number, Monotonic began);

  std::vector<Viewer> viewers_;        // empty until they were aligned
  std::map<uint64_t, Frame> pending_;  // by number, counted from the alignment
  uint64_t newest_ = 0;
  std::vector<double> spreads_ms_;
  uint64_t missed_ = 0;
};

}  // namespace longmen
