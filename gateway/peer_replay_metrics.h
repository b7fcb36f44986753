// The gateway's figures about recordings that it serves from other nodes, taken when somebody asks.
// One thread: the io_context's.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "gateway/peer_replay.h"

namespace longmen {

class PeerReplayMetrics {
 public:
  explicit PeerReplayMetrics(prometheus::Registry& registry);

  void refresh(const PeerReplay& replay);

 private:
  prometheus::Family<prometheus::Counter>& lookups_;
  prometheus::Family<prometheus::Counter>& answers_;
  prometheus::Family<prometheus::Counter>& blocks_;
  prometheus::Counter& fetched_bytes_;
  prometheus::Counter& evicted_;
  prometheus::Gauge& cache_bytes_;
  prometheus::Gauge& recordings_;
};

}  // namespace longmen
