// What one transport-cc feedback costs a shard: reading it, matching it with what was sent, the
// estimate, for each of many viewers in turn (their histories are cold in the cache). The yardstick
// is the same bytes copied and read as a value (decode_transport_feedback). CPU time a feedback of
// 30 packets, with SRTCP not counted; and what noting a train costs.
#include <benchmark/benchmark.h>

#include <memory>

#include "core/bandwidth/bandwidth_estimator.h"

namespace longmen {
namespace {

constexpr size_t kViewers = 1024;
constexpr size_t kPackets = 30;
constexpr size_t kTrainPackets = 7;

// One feedback's time of a 720p stream: four pictures of seven packets and two of sound.
struct Source {
  uint16_t next_sequence = 0;
  Monotonic now{std::chrono::seconds(100)};

  void send(BandwidthEstimator& estimator) {
    for (size_t train = 0; train < 6; ++train) {
      const size_t packets = train < 4 ? kTrainPackets : 1;
      estimator.note_sent({next_sequence, packets, packets, 1172, 1172}, now);
      next_sequence = static_cast<uint16_t>(next_sequence + packets);
      now += std::chrono::milliseconds(16);
    }
  }

  Bytes feedback() const {
    rtcp::TransportFeedback feedback;
    feedback.base_sequence = static_cast<uint16_t>(next_sequence - kPackets);
    const auto begin = std::chrono::duration_cast<rtcp::FeedbackTicks>(
        now.time_since_epoch() - std::chrono::milliseconds(80));
    feedback.reference = begin;
    for (size_t i = 0; i < kPackets; ++i)
      feedback.packets.push_back({static_cast<uint16_t>(feedback.base_sequence + i), i % 20 != 7,
                                  begin + rtcp::FeedbackTicks(i * 10)});
    Bytes bytes;
    rtcp::write_transport_feedback(feedback, bytes);
    return bytes;
  }
};

void BM_DecodeAlone(benchmark::State& state) {
  Source source;
  BandwidthEstimator estimator;
  source.send(estimator);
  const Bytes feedback = source.feedback();
  rtcp::TransportFeedback decoded;
  for (auto _ : state) {
    Bytes copy = feedback;
    benchmark::DoNotOptimize(rtcp::decode_transport_feedback(copy, decoded));
  }
}

void BM_HandleFeedback(benchmark::State& state) {
  const size_t viewers = static_cast<size_t>(state.range(0));
  std::vector<std::unique_ptr<BandwidthEstimator>> all;
  for (size_t i = 0; i < viewers; ++i)
    all.push_back(std::make_unique<BandwidthEstimator>());
  Source source;
  for (auto _ : state) {
    state.PauseTiming();
    Source sent;
    for (auto& estimator : all) {
      sent = source;
      sent.send(*estimator);
    }
    source = sent;
    const Bytes feedback = source.feedback();
    state.ResumeTiming();
    for (auto& estimator : all)
      estimator->handle_feedback(*rtcp::FeedbackReader::open(feedback), source.now);
  }
  state.counters["cpu_a_feedback"] =
      benchmark::Counter(static_cast<double>(state.iterations() * viewers),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes_a_viewer"] = sizeof(BandwidthEstimator);
}

void BM_NoteSent(benchmark::State& state) {
  std::vector<std::unique_ptr<BandwidthEstimator>> all;
  for (size_t i = 0; i < kViewers; ++i)
    all.push_back(std::make_unique<BandwidthEstimator>());
  size_t viewer = 0;
  uint16_t sequence = 0;
  Monotonic now{std::chrono::seconds(100)};
  for (auto _ : state) {
    all[viewer]->note_sent({sequence, kTrainPackets, kTrainPackets, 1172, 1172}, now);
    if (++viewer < kViewers) continue;
    viewer = 0;
    sequence = static_cast<uint16_t>(sequence + kTrainPackets);
    now += std::chrono::milliseconds(33);
  }
}

BENCHMARK(BM_DecodeAlone);
BENCHMARK(BM_HandleFeedback)->Arg(1)->Arg(kViewers);
BENCHMARK(BM_NoteSent);

}  // namespace
}  // namespace longmen

BENCHMARK_MAIN();
