// What a light viewer says of arrivals (transport-wide feedback), from what its socket filter has
// noted: all packets of a socket buffer came at one instant, as those of a train do where the link
// is not what limits them. It decides which packets are told next, each once. Packets that were
// lost in between are told as if they had come. It does not know sockets, SRTCP or SSRCs. Bounds:
// the last kToldArrivals buffers (what came before them is left out, as if that feedback had been
// lost) and kMaxToldPackets. One thread.
#pragma once

#include <optional>

#include "core/rtp/transport_feedback.h"
#include "core/time/media_time.h"
#include "load/filter_counters.h"

namespace longmen {

class LightFeedback {
 public:
  // Less than the ring: the filter goes on writing while it is read.
  static constexpr size_t kToldArrivals = kFilterArrivals - 4;
  static constexpr size_t kMaxToldPackets = 4096;

  // What came since the last one; none when nothing did. `arrivals` were read after `counted`.
  std::optional<rtcp::TransportFeedback> next(const FilterCounters& counted,
                                              const FilterArrivals& arrivals, Monotonic now);

 private:
  std::optional<uint16_t> told_;  // the last number
  uint8_t count_ = 0;
};

}  // namespace longmen
