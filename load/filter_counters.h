// What the socket filter counts for one viewer: the layout that the eBPF program writes and that is
// read through the map's memory. Sequence numbers and timestamps are the last ones in order, in the
// width of the wire. Offsets are used by load/filter_program.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/rtp/video_receiver.h"

namespace longmen {

inline constexpr int64_t kShortFreezeMs = VideoReceiver::kShortFreeze.count();
inline constexpr int64_t kLongFreezeMs = VideoReceiver::kLongFreeze.count();

struct FilterStream {
  uint64_t packets = 0;
  uint64_t timestamps = 0;  // how often the timestamp went on: of video, frames
  uint32_t sequence = 0;
  uint32_t timestamp = 0;
  uint32_t ssrc = 0;
  uint32_t seen = 0;  // 1 when there was a packet: the fields above hold

  bool operator==(const FilterStream&) const = default;
};

// On loopback the server pays for each line of memory that is touched: a train of pictures and
// sound touches the first and the third.
struct alignas(64) FilterCounters {
  enum Stream { kVideo, kAudio, kRepeats, kOthers, kStreams };

  std::array<FilterStream, kStreams> streams;
  uint64_t bytes = 0;   // of UDP payload, media alone
  uint64_t trains = 0;  // socket buffers that they came in
  uint64_t rtcp = 0;    // datagrams
  uint64_t last_frame_ns = 0;
  uint64_t short_freezes = 0;  // over kShortFreezeMs between two frames, the long ones among them
  uint64_t long_freezes = 0;   // over kLongFreezeMs
  uint32_t transport_sequence = 0;
  uint32_t transport_packets = 0;  // wraps; how many had a transport-wide sequence number

  uint64_t packets() const {
    uint64_t all = 0;
    for (const FilterStream& stream : streams)
      all += stream.packets;
    return all;
  }
  bool operator==(const FilterCounters&) const = default;
};
static_assert(sizeof(FilterCounters) == size_t{3} * 64);

// Of a socket buffer: a train, or a packet alone. Lies behind the counters where it is wanted.
struct FilterArrival {
  uint32_t sequence = 0;  // the transport-wide one that had been reached
  uint32_t time = 0;      // of the monotonic clock, in units of 2^kArrivalShift ns
  bool operator==(const FilterArrival&) const = default;
};
inline constexpr int kArrivalShift = 10;
inline constexpr size_t kFilterArrivals = 32;                       // a power of two
using FilterArrivals = std::array<FilterArrival, kFilterArrivals>;  // ring, by counters' trains

}  // namespace longmen
