#include "relay/relay_metrics.h"

#include <set>
#include <utility>

namespace longmen {
namespace {

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Histogram::BucketBoundaries bounds_of_times() {
  prometheus::Histogram::BucketBoundaries bounds;
  for (const int64_t us : TimeTally::kBoundsUs)
    bounds.push_back(static_cast<double>(us) / 1e6);
  return bounds;
}

constexpr OnAirSource kSources[] = {OnAirSource::kLive, OnAirSource::kSlate};

}  // namespace

RelayMetrics::RelayMetrics(prometheus::Registry& registry)
    : viewers_(prometheus::BuildGauge()
                   .Name("longmen_viewers")
                   .Help("Viewers of a channel, those that are still connecting included")
                   .Register(registry)),
      pending_(prometheus::BuildGauge()
                   .Name("longmen_viewers_pending")
                   .Help("Viewers whose join was answered and who are not connected yet")
                   .Register(registry)
                   .Add({})),
      on_air_(prometheus::BuildGauge()
                  .Name("longmen_on_air")
                  .Help("1 for what a channel shows: live or slate")
                  .Register(registry)),
      joins_(prometheus::BuildCounter()
                 .Name("longmen_viewer_joins_total")
                 .Help("Answered requests to watch, by result")
                 .Register(registry)),
      dropped_(prometheus::BuildCounter()
                   .Name("longmen_dropped_total")
                   .Help("What was discarded on purpose, by reason")
                   .Register(registry)),
      skipped_(prometheus::BuildCounter()
                   .Name("longmen_skipped_units_total")
                   .Help("Frames and sound packets left out for viewers that were late")
                   .Register(registry)),
      switches_(prometheus::BuildCounter()
                    .Name("longmen_rendition_switches_total")
                    .Help("Changes of what a viewer gets, as its link allows, by direction")
                    .Register(registry)),
      packets_(counter(registry, "longmen_relay_packets_sent_total", "Datagrams sent to viewers")),
      bytes_(counter(registry, "longmen_relay_bytes_sent_total", "UDP payload sent to viewers")),
      trains_(counter(registry, "longmen_relay_trains_sent_total",
                      "Sends in which these datagrams left: one for each train")),
      repeats_(counter(registry, "longmen_rtx_packets_total", "Packets repeated by RTX")),
      nacks_(counter(registry, "longmen_nacked_packets_total",
                     "Packets that viewers reported missing")),
      gso_fallbacks_(counter(registry, "longmen_gso_fallbacks_total",
                             "Trains that were refused as one send and left packet by packet")),
      blocked_(counter(registry, "longmen_relay_sends_blocked_total",
                       "Sends that waited because the socket buffer was full")),
      slices_cut_(counter(registry, "longmen_relay_slices_cut_total",
                          "Sending slices that ended with viewers still waiting")),
      serving_seconds_(counter(registry, "longmen_relay_serving_seconds_total",
                               "Time that shards spent on those who watch; a second a second and "
                               "shard is all there is")),
      handshaking_seconds_(counter(registry, "longmen_relay_handshaking_seconds_total",
                                   "Time that shards spent on handshakes, beside serving")),
      late_stops_(counter(registry, "longmen_late_stops_total",
                          "Times that pictures were left out because they would have been late")),
      probe_packets_(counter(registry, "longmen_probe_packets_total",
                             "Padding sent to find out what a viewer's link carries")),
      first_picture_(
          prometheus::BuildHistogram()
              .Name("longmen_first_picture_seconds")
              .Help("From the request to watch to the first keyframe sent")
              .Register(registry)
              .Add({}, prometheus::Histogram::BucketBoundaries{0.025, 0.05, 0.1, 0.15, 0.25, 0.35,
                                                               0.5, 1, 2.5, 5, 10})),
      first_send_(prometheus::BuildHistogram()
                      .Name("longmen_relay_first_send_seconds")
                      .Help("From a picture's arrival at the relay to its first packet to a viewer "
                            "of each shard")
                      .Register(registry)
                      .Add({}, bounds_of_times())) {}

void RelayMetrics::count_join(const std::string& result) {
  joins_.Add({{"result", result}}).Increment();
}

void RelayMetrics::count_drop(DropReason reason) {
  ++dropped_here_[static_cast<size_t>(reason)];
}

void RelayMetrics::observe_first_picture(std::chrono::nanoseconds since_join) {
  first_picture_.Observe(std::chrono::duration<double>(since_join).count());
}

void RelayMetrics::raise_to(prometheus::Counter& counter, double total) {
  const double difference = total - counter.Value();
  if (difference > 0) counter.Increment(difference);
}

void RelayMetrics::tell_first_sends(const std::vector<const ShardTotals*>& shards) {
  std::vector<double> more(TimeTally::kBuckets);
  for (size_t bucket = 0; bucket < more.size(); ++bucket) {
    uint64_t total = 0;
    for (const ShardTotals* totals : shards)
      total += totals->first_sends.count(bucket);
    more[bucket] = static_cast<double>(total - std::exchange(first_sends_told_[bucket], total));
  }
  uint64_t sum_ns = 0;
  for (const ShardTotals* totals : shards)
    sum_ns += totals->first_sends.sum_ns();
  const uint64_t more_ns = sum_ns - std::exchange(first_send_ns_told_, sum_ns);
  first_send_.ObserveMultiple(more, 1e-9 * static_cast<double>(more_ns));
}

void RelayMetrics::refresh(const std::vector<const ShardTotals*>& shards,
                           const std::vector<ChannelView>& channels, int pending_viewers) {
  pending_.Set(pending_viewers);
  const auto sum = [&shards](auto member) {
    uint64_t total = 0;
    for (const ShardTotals* totals : shards)
      total += member(*totals).value();
    return static_cast<double>(total);
  };
  using Totals = ShardTotals;
  raise_to(packets_, sum([](const Totals& totals) -> auto& { return totals.packets; }));
  raise_to(trains_, sum([](const Totals& totals) -> auto& { return totals.trains; }));
  raise_to(bytes_, sum([](const Totals& totals) -> auto& { return totals.bytes; }));
  raise_to(repeats_, sum([](const Totals& totals) -> auto& { return totals.repeats; }));
  raise_to(nacks_, sum([](const Totals& totals) -> auto& { return totals.nacked; }));
  raise_to(gso_fallbacks_, sum([](const Totals& totals) -> auto& { return totals.gso_fallbacks; }));
  raise_to(blocked_, sum([](const Totals& totals) -> auto& { return totals.blocked; }));
  raise_to(slices_cut_, sum([](const Totals& totals) -> auto& { return totals.rounds_cut; }));
  constexpr double kNanosecond = 1e-9;
  raise_to(serving_seconds_,
           kNanosecond * sum([](const Totals& totals) -> auto& { return totals.serving_ns; }));
  raise_to(handshaking_seconds_,
           kNanosecond * sum([](const Totals& totals) -> auto& { return totals.handshaking_ns; }));
  raise_to(late_stops_, sum([](const Totals& totals) -> auto& { return totals.late_stops; }));
  raise_to(probe_packets_, sum([](const Totals& totals) -> auto& { return totals.probe_packets; }));
  raise_to(switches_.Add({{"direction", "up"}}),
           sum([](const Totals& totals) -> auto& { return totals.switches_up; }));
  raise_to(switches_.Add({{"direction", "down"}}),
           sum([](const Totals& totals) -> auto& { return totals.switches_down; }));
  raise_to(skipped_.Add({{"kind", "video"}}),
           sum([](const Totals& totals) -> auto& { return totals.skipped_video_units; }));
  raise_to(skipped_.Add({{"kind", "audio"}}),
           sum([](const Totals& totals) -> auto& { return totals.skipped_audio_units; }));
  tell_first_sends(shards);
  uint64_t refused_units = 0;
  for (const ChannelView& channel : channels)
    refused_units += channel.refused_units;
  for (size_t reason = 1; reason < dropped_here_.size(); ++reason) {
    double total = static_cast<double>(dropped_here_[reason]) +
                   sum([reason](const Totals& totals) -> auto& { return totals.dropped[reason]; });
    if (static_cast<DropReason>(reason) == DropReason::kStale)
      total += static_cast<double>(refused_units);
    const std::string name(drop_reason_name(static_cast<DropReason>(reason)));
    if (total > 0) raise_to(dropped_.Add({{"reason", name}}), total);
  }

  std::set<std::string> present;
  for (const ChannelView& channel : channels) {
    present.insert(channel.id);
    auto& gauges = gauges_[channel.id];
    if (gauges.empty()) {
      gauges.push_back(&viewers_.Add({{"channel", channel.id}}));
      for (OnAirSource source : kSources)
        gauges.push_back(&on_air_.Add(
            {{"channel", channel.id}, {"source", std::string(on_air_source_name(source))}}));
    }
    gauges[0]->Set(
        sum([&](const Totals& totals) -> auto& { return totals.viewers[channel.slot]; }));
    for (size_t i = 0; i < std::size(kSources); ++i)
      gauges[i + 1]->Set(channel.source == kSources[i] ? 1 : 0);
  }
  for (auto entry = gauges_.begin(); entry != gauges_.end();) {
    if (present.contains(entry->first)) {
      ++entry;
      continue;
    }
    viewers_.Remove(entry->second[0]);
    for (size_t i = 1; i < entry->second.size(); ++i)
      on_air_.Remove(entry->second[i]);
    entry = gauges_.erase(entry);
  }
}

}  // namespace longmen
