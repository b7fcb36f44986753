#include "gateway/peer_replay_metrics.h"

#include <initializer_list>
#include <utility>

namespace longmen {
namespace {

prometheus::Family<prometheus::Counter>& peer_family(prometheus::Registry& registry,
                                                     const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
prometheus::Gauge& peer_gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

void set_total(prometheus::Counter& counter, uint64_t value) {
  counter.Increment(static_cast<double>(value) - counter.Value());
}
void set_total(prometheus::Family<prometheus::Counter>& family,
               std::initializer_list<std::pair<const char*, uint64_t>> results) {
  for (const auto& [result, count] : results)
    set_total(family.Add({{"result", result}}), count);
}

}  // namespace

PeerReplayMetrics::PeerReplayMetrics(prometheus::Registry& registry)
    : lookups_(peer_family(registry, "longmen_peer_replay_lookups_total",
                           "Recordings that other nodes were asked for, by what they said")),
      answers_(peer_family(registry, "longmen_peer_replay_answers_total",
                           "Playlists, captions and pictures of other nodes' recordings that were "
                           "asked of what is in memory, by what became of them")),
      blocks_(peer_family(registry, "longmen_peer_replay_cache_reads_total",
                          "Blocks of other nodes' recordings that were asked of the cache, by what "
                          "became of them")),
      fetched_bytes_(peer_family(registry, "longmen_peer_replay_fetched_bytes_total",
                                 "Media read from other nodes for players")
                         .Add({})),
      evicted_(peer_family(registry, "longmen_peer_replay_cache_evicted_total",
                           "Blocks that made room for others")
                   .Add({})),
      cache_bytes_(
          peer_gauge(registry, "longmen_peer_replay_cache_bytes", "What the cache has on disk")),
      recordings_(peer_gauge(registry, "longmen_peer_replay_recordings",
                             "Other nodes' recordings of which this one knows")) {}

void PeerReplayMetrics::refresh(const PeerReplay& replay) {
  const PeerRecordings::Figures& lookups = replay.remotes().figures();
  set_total(lookups_,
            {{"found", lookups.found}, {"unknown", lookups.unknown}, {"failed", lookups.failed}});
  const PeerReplay::Figures& answers = replay.figures();
  set_total(answers_, {{"hit", answers.hits},
                       {"fetched", answers.fetched},
                       {"joined", answers.joined},
                       {"failed", answers.failed}});
  const BlockCacheFigures& reads = replay.reads();
  set_total(blocks_, {{"hit", reads.hits},
                      {"fetched", reads.fetched},
                      {"joined", reads.joined},
                      {"failed", reads.failed},
                      {"refused", reads.refused},
                      {"uncached", reads.uncached}});
  set_total(fetched_bytes_, reads.fetched_bytes);
  set_total(evicted_, reads.evicted);
  cache_bytes_.Set(static_cast<double>(reads.bytes));
  recordings_.Set(static_cast<double>(replay.remotes().size()));
}

}  // namespace longmen
