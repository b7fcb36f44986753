// What one channel's streamer counts, for /metrics. Any thread.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "core/failover/input_choice.h"
#include "core/media/identity.h"
#include "core/node/channel.h"
#include "core/time/media_time.h"
#include "streamer/programme_sound.h"

namespace longmen {

class StreamerMetrics {
 public:
  StreamerMetrics(prometheus::Registry& registry, const Channel& channel);
  ~StreamerMetrics();
  StreamerMetrics(const StreamerMetrics&) = delete;
  StreamerMetrics& operator=(const StreamerMetrics&) = delete;

  void encoded(RenditionId rendition, size_t bytes, Monotonic offered);
  void encoded(RenditionId rendition, size_t bytes);

  // Of its inputs.
  void switched(const InputSwitch& what);
  void show(Shown shown, const OfInputs<ConditionSet>& conditions);
  void show(const std::vector<SoundState>& sounds);  // of each of the channel's
  prometheus::Counter& switch_repeated;  // slots in which a picture stood still at a switch
  prometheus::Counter& switch_lost;      // pictures of a common time that were skipped by one

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
  prometheus::Counter& feed_steps;                // feed time was mapped anew (feed_clock.h)
  prometheus::Counter& overlay_seconds;           // of the programme's thread
  OfInputs<prometheus::Counter*> input_errors{};  // of what came and of what decoding gave
  // Of the inputs' previews.
  OfInputs<prometheus::Gauge*> preview_encoding{};
  OfInputs<prometheus::Counter*> preview_dropped{};

  // Of what is held before it airs (air_delay.h).
  void held(std::chrono::milliseconds delay, size_t bytes, uint64_t left_out, uint64_t thrown_away);

 private:
  struct OfRendition {
    prometheus::Counter* bytes = nullptr;
    prometheus::Histogram* latency = nullptr;
  };
  std::map<RenditionId, OfRendition> renditions_;
  std::string channel_;
  prometheus::Family<prometheus::Counter>& switches_;
  std::array<prometheus::Gauge*, kShown.size()> shown_{};
  OfInputs<std::array<prometheus::Gauge*, kConditions.size()>> conditions_{};
  prometheus::Gauge* air_delay_ = nullptr;
  prometheus::Gauge* held_bytes_ = nullptr;
  prometheus::Counter* held_left_out_ = nullptr;
  prometheus::Counter* held_dropped_ = nullptr;

  struct Loudness {
    prometheus::Gauge* momentary = nullptr;
    prometheus::Gauge* short_term = nullptr;
  };
  struct OfSound {
    Loudness on_air;
    OfInputs<Loudness> inputs;
    OfInputs<prometheus::Gauge*> gains{};
    prometheus::Gauge* integrated = nullptr;
    prometheus::Gauge* range = nullptr;
    prometheus::Gauge* true_peak = nullptr;
    prometheus::Counter* limited = nullptr;
    uint64_t limited_frames = 0;
  };
  struct GaugeOfSound {
    prometheus::Family<prometheus::Gauge>& family;
    prometheus::Gauge* gauge;
  };
  std::vector<GaugeOfSound>
      gauges_of_sounds_;  // removed with this: the next one's languages differ
  // With its language, when there are two.
  void add_sound(prometheus::Registry& registry, const std::string& language);
  static void show(OfSound& of, const SoundState& sound);
  std::vector<OfSound> sounds_;
};

}  // namespace longmen
