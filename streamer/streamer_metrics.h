// What one channel's streamer counts, for /metrics. Any thread.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <vector>

#include "core/media/identity.h"
#include "core/node/channel.h"
#include "core/time/media_time.h"

namespace longmen {

class StreamerMetrics {
 public:
  StreamerMetrics(prometheus::Registry& registry, const Channel& channel);

  void encoded(RenditionId rendition, size_t bytes, Monotonic offered);
  void encoded(RenditionId rendition, size_t bytes);

  // Of the programme: slots of its grid, and what became of them.
  prometheus::Counter& slots;
  prometheus::Counter& repeated;  // showed the picture before again
  prometheus::Counter& dropped;   // not encoded: the encoders were behind
  prometheus::Counter& slate;     // showed the slate
  prometheus::Counter& silence;   // samples
  prometheus::Counter& sound_splices;
  // Of the feed.
  prometheus::Counter& pictures_unused;  // decoded, but another one had the slot
  prometheus::Counter& units_dropped;    // not decoded: no keyframe yet, malformed or too many
  prometheus::Counter& decoder_restarts;
  prometheus::Counter& feed_steps;  // feed time was mapped anew (feed_clock.h)

 private:
  struct OfRendition {
    prometheus::Counter* bytes = nullptr;
    prometheus::Histogram* latency = nullptr;
  };
  std::map<RenditionId, OfRendition> renditions_;
};

}  // namespace longmen
