// The counters of the ingest role. One object a process; the registry outlives it. Label values
// come from fixed lists and from the configured channels only, never from a peer.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <string>

#include "core/base/drop_reason.h"
#include "core/node/channel_input.h"

namespace longmen {

// Why someone who wanted to send a feed was not let in.
enum class RefusalReason {
  kWrongKey,
  kTooManyWrongKeys,
  kAlreadyPublishing,
  kTooManyConnections,
  kWrongApplication,
  kUnsupportedCodec,
  kNotUnderstood,    // not the protocol, or broken
  kTooSlow,          // a step of the way in took longer than it may
  kWrongChannel,     // the key is another channel's than the one that was named
  kWrongPassphrase,  // encrypted with another one, or not at all
  kCount
};
const char* refusal_reason_name(RefusalReason reason);

// Why a feed that was up was ended from here.
enum class CutReason { kTakenOver, kKeyRevoked, kChannelRemoved, kSilent, kStopping, kCount };
const char* cut_reason_name(CutReason reason);

// What a way in that watches its path knows of it; counts are since its connection began.
struct PathHealth {
  std::chrono::microseconds round_trip{0};
  uint64_t packets = 0;
  uint64_t lost = 0;           // on the way, at the first try
  uint64_t retransmitted = 0;  // arrived at a later one
  uint64_t too_late = 0;       // given up
  double bits_per_second = 0;
};
inline constexpr std::chrono::seconds kTellHealthEvery{1};
// Of so many bytes since it was told last.
inline double bit_rate_told(uint64_t bytes) {
  return static_cast<double>(bytes) * 8 / std::chrono::duration<double>(kTellHealthEvery).count();
}

// Errors of a transport stream, as core/mpegts/demuxer.h counts them; of WHIP, frames that could
// not be mended (damaged) and those that followed from them (left out).
enum class StreamError { kLost, kDamaged, kLeftOut, kResync, kCount };

struct ChannelCounters {
  prometheus::Counter* bytes;
  prometheus::Counter* video_frames;
  prometheus::Counter* audio_frames;
  prometheus::Gauge* up;
  prometheus::Gauge* round_trip_seconds;
  prometheus::Gauge* bits_per_second;
  prometheus::Gauge* keyframe_age_seconds;
  std::array<prometheus::Counter*, 4> path_packets;  // received, lost, retransmitted, too late
  std::array<prometheus::Counter*, size_t(StreamError::kCount)> stream_errors;
};

class IngestMetrics {
 public:
  explicit IngestMetrics(prometheus::Registry& registry);

  ChannelCounters channel(const std::string& id, ChannelInput input);
  void remove(const ChannelCounters& counters);

  void refused(RefusalReason reason);
  void cut(CutReason reason);
  void dropped(DropReason reason, uint32_t count = 1);
  // For tests and for `longmen status`.
  double refused_count(RefusalReason reason);
  double cut_count(CutReason reason);
  double dropped_count(DropReason reason);

 private:
  prometheus::Family<prometheus::Counter>& bytes_;
  prometheus::Family<prometheus::Counter>& frames_;
  prometheus::Family<prometheus::Gauge>& up_;
  prometheus::Family<prometheus::Gauge>& round_trip_;
  prometheus::Family<prometheus::Gauge>& bit_rate_;
  prometheus::Family<prometheus::Gauge>& keyframe_age_;
  prometheus::Family<prometheus::Counter>& path_packets_;
  prometheus::Family<prometheus::Counter>& stream_errors_;
  prometheus::Family<prometheus::Counter>& refused_;
  prometheus::Family<prometheus::Counter>& cut_;
  prometheus::Family<prometheus::Counter>& dropped_;
};

}  // namespace longmen
