// The relay's counters as Prometheus families. Shards count for themselves; refresh() carries their
// totals over, so that nothing on the data path touches a shared counter.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "relay/on_air.h"
#include "relay/shard_totals.h"

namespace longmen {

class RelayMetrics {
 public:
  struct ChannelView {
    std::string id;
    size_t slot = 0;
    OnAirSource source = OnAirSource::kNone;
    uint64_t refused_units = 0;
  };

  explicit RelayMetrics(prometheus::Registry& registry);

  // `result`: "ok", "unknown_channel", "not_ready", "refused"; over a limit "full", "address_full",
  // "pending_full", "address_pending_full"; "busy".
  void count_join(const std::string& result);
  void count_drop(DropReason reason);                               // of the main thread
  void observe_first_picture(std::chrono::nanoseconds since_join);  // any thread
  void refresh(const std::vector<const ShardTotals*>& shards,
               const std::vector<ChannelView>& channels, int pending_viewers);

 private:
  static void raise_to(prometheus::Counter& counter, double total);
  void tell_first_sends(const std::vector<const ShardTotals*>& shards);

  prometheus::Family<prometheus::Gauge>& viewers_;
  prometheus::Gauge& pending_;
  prometheus::Family<prometheus::Gauge>& on_air_;
  prometheus::Family<prometheus::Counter>& joins_;
  prometheus::Family<prometheus::Counter>& dropped_;
  prometheus::Family<prometheus::Counter>& skipped_;
  prometheus::Family<prometheus::Counter>& switches_;
  prometheus::Counter& packets_;
  prometheus::Counter& bytes_;
  prometheus::Counter& trains_;
  prometheus::Counter& repeats_;
  prometheus::Counter& nacks_;
  prometheus::Counter& gso_fallbacks_;
  prometheus::Counter& blocked_;
  prometheus::Counter& slices_cut_;
  prometheus::Counter& serving_seconds_;
  prometheus::Counter& handshaking_seconds_;
  prometheus::Counter& late_stops_;
  prometheus::Counter& probe_packets_;
  prometheus::Histogram& first_picture_;
  prometheus::Histogram& first_send_;
  std::array<uint64_t, TimeTally::kBuckets> first_sends_told_{};
  uint64_t first_send_ns_told_ = 0;
  std::array<uint64_t, static_cast<size_t>(DropReason::kCount)> dropped_here_{};
  std::map<std::string, std::vector<prometheus::Gauge*>> gauges_;  // by channel: viewers, on air
};

}  // namespace longmen
