// The counters of the ingest role. One object a process; the registry outlives it. Label values
// come from fixed lists and from the configured channels only, never from a peer.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <string>

#include "core/base/drop_reason.h"

namespace longmen {

// Why someone who wanted to send a feed was not let in.
enum class RefusalReason {
  kWrongKey,
  kTooManyWrongKeys,
  kAlreadyPublishing,
  kTooManyConnections,
  kWrongApplication,
  kUnsupportedCodec,
  kNotUnderstood,  // not the protocol, or broken
  kTooSlow,        // a step of the way in took longer than it may
  kCount
};
const char* refusal_reason_name(RefusalReason reason);

// Why a feed that was up was ended from here.
enum class CutReason { kTakenOver, kKeyRevoked, kChannelRemoved, kSilent, kStopping, kCount };
const char* cut_reason_name(CutReason reason);

struct ChannelCounters {
  prometheus::Counter* bytes;
  prometheus::Counter* video_frames;
  prometheus::Counter* audio_frames;
  prometheus::Gauge* up;
};

class IngestMetrics {
 public:
  explicit IngestMetrics(prometheus::Registry& registry);

  ChannelCounters channel(const std::string& id);
  void remove(const ChannelCounters& counters);

  void refused(RefusalReason reason);
  void cut(CutReason reason);
  void dropped(DropReason reason);
  // For tests and for `longmen status`.
  double refused_count(RefusalReason reason);
  double cut_count(CutReason reason);
  double dropped_count(DropReason reason);

 private:
  prometheus::Family<prometheus::Counter>& bytes_;
  prometheus::Family<prometheus::Counter>& frames_;
  prometheus::Family<prometheus::Gauge>& up_;
  prometheus::Family<prometheus::Counter>& refused_;
  prometheus::Family<prometheus::Counter>& cut_;
  prometheus::Family<prometheus::Counter>& dropped_;
};

}  // namespace longmen
