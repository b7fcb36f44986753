// What it costs to build and seal the train of one frame for each of many viewers: header, header
// extensions, AES-128-GCM by each backend, mapping of numbers. The yardstick is OpenSSL alone,
// sealing as many bytes with as many keys. CPU time a packet, and the ratio of the two in the same
// run. Also what a packet of SRTCP costs, against libsrtp.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>

#include "core/codec/h264.h"
#include "core/viewer/train_builder.h"
#include "core/viewer/viewer.h"

namespace longmen {
namespace {

constexpr size_t kTrainPackets = 8;
constexpr size_t kMaxViewers = 1024;

SrtpKeys keys_of(SrtpProfile profile, uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes exported(srtp_exporter_bytes(profile));
  for (uint8_t& byte : exported)
    byte = static_cast<uint8_t>(random());
  return *split_srtp_exporter(profile, exported);
}

Bytes frame(uint8_t nal_header) {
  Bytes slice(1 + kTrainPackets * (kMaxPayloadBytes - 2), 0x55);
  slice[0] = nal_header;
  Bytes annex_b;
  if (nal_header == 0x65) {
    h264::append_annex_b(as_bytes("\x67sps!"), annex_b);
    h264::append_annex_b(as_bytes("\x68pps!"), annex_b);
  }
  h264::append_annex_b(slice, annex_b);
  return annex_b;
}

void count_packets(benchmark::State& state, size_t packets) {
  state.counters["cpu_a_packet"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(packets),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// OpenSSL alone: one initialisation with an IV, AAD, payload and tag for each packet.
void BM_OpenSslAlone(benchmark::State& state) {
  const size_t viewers = static_cast<size_t>(state.range(0));
  std::vector<EVP_CIPHER_CTX*> contexts;
  for (size_t i = 0; i < viewers; ++i) {
    const SrtpKeys keys = keys_of(SrtpProfile::kAeadAes128Gcm, i);
    contexts.push_back(EVP_CIPHER_CTX_new());
    EVP_EncryptInit_ex(contexts.back(), EVP_aes_128_gcm(), nullptr, keys.server.key().data(),
                       nullptr);
  }
  const Bytes payload(kMaxPayloadBytes, 0x55);
  Bytes out(kTrainPackets * kMaxUdpPayloadBytes);
  std::array<uint8_t, 12> iv{};
  const std::array<uint8_t, kMediaRtpHeaderBytes> header{};
  size_t viewer = 0;
  for (auto _ : state) {
    EVP_CIPHER_CTX* context = contexts[viewer++ % viewers];
    uint8_t* at = out.data();
    for (size_t i = 0; i < kTrainPackets; ++i, at += kMaxUdpPayloadBytes) {
      int written = 0;
      ++iv[11];
      EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, iv.data());
      EVP_EncryptUpdate(context, nullptr, &written, header.data(), header.size());
      EVP_EncryptUpdate(context, at, &written, payload.data(), static_cast<int>(payload.size()));
      EVP_EncryptFinal_ex(context, at + payload.size(), &written);
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, at + payload.size());
    }
    benchmark::DoNotOptimize(out.data());
  }
  count_packets(state, kTrainPackets);
  for (EVP_CIPHER_CTX* context : contexts)
    EVP_CIPHER_CTX_free(context);
}

template <SrtpProfile profile, GcmBackend backend>
void BM_TrainBuilder(benchmark::State& state) {
  if (!is_available(backend)) return state.SkipWithError("not available here");
  struct Target {
    RtpSealer sealer;
    ViewerStream stream;
    uint16_t transport_sequence = 0;
  };
  const size_t viewers = static_cast<size_t>(state.range(0));
  std::vector<std::unique_ptr<Target>> targets;
  for (size_t i = 0; i < viewers; ++i) {
    StreamParameters parameters;
    parameters.ssrc = static_cast<uint32_t>(2 * i + 1);
    parameters.rtx_ssrc = parameters.ssrc + 1;
    parameters.rtx_payload_type = 103;
    targets.push_back(std::make_unique<Target>(
        Target{std::move(*RtpSealer::create(profile, keys_of(profile, i).server, backend)),
               ViewerStream(parameters)}));
  }
  Packetizer packetizer(Generation{1}, RenditionId{0});
  const MediaUnit unit = *packetizer.h264(frame(0x41), MediaTime{});
  const RtpExtensionIds ids{.transport_cc = 3};
  Bytes buffer(kTrainBufferBytes);
  size_t viewer = 0;
  for (auto _ : state) {
    Target& target = *targets[viewer++ % viewers];
    const Placement placement = target.stream.place(unit);
    TrainBuilder builder(target.sealer, target.transport_sequence, buffer);
    benchmark::DoNotOptimize(builder.add_packets(target.stream, ids, unit, placement, 0));
  }
  count_packets(state, unit.packets.size());
}

// A compound as players send several times a second: a report with a block, feedback behind it.
constexpr size_t kFeedbackBytes = 84;

Bytes feedback() {
  Bytes packet(kFeedbackBytes + kMaxSrtpTrailerBytes, 0x11);
  packet[0] = 0x81;
  packet[1] = 201;
  return packet;
}

// Of each viewer one packet is sealed and one opened.
template <GcmBackend backend>
void BM_Srtcp(benchmark::State& state) {
  if (!is_available(backend)) return state.SkipWithError("not available here");
  const size_t viewers = static_cast<size_t>(state.range(0));
  std::vector<GcmRtcpSealer> ours;
  std::vector<GcmRtcpSealer> theirs;
  for (size_t i = 0; i < viewers; ++i) {
    const SrtpKeys keys = keys_of(SrtpProfile::kAeadAes128Gcm, i);
    ours.push_back(std::move(*GcmRtcpSealer::create(keys.server, keys.client, backend)));
    theirs.push_back(std::move(*GcmRtcpSealer::create(keys.client, keys.server, backend)));
  }
  Bytes packet = feedback();
  size_t viewer = 0;
  for (auto _ : state) {
    const size_t sealed = *theirs[viewer].seal(packet, kFeedbackBytes);
    if (!ours[viewer].open(std::span(packet).first(sealed))) std::abort();
    viewer = (viewer + 1) % viewers;
  }
  count_packets(state, 2);
}

void BM_SrtcpByLibsrtp(benchmark::State& state) {
  using Direction = SrtpSession::Direction;
  const size_t viewers = static_cast<size_t>(state.range(0));
  std::vector<SrtpSession> ours;
  std::vector<SrtpSession> theirs;
  for (size_t i = 0; i < viewers; ++i) {
    const SrtpKeys keys = keys_of(SrtpProfile::kAeadAes128Gcm, i);
    ours.push_back(
        std::move(*SrtpSession::create(keys.profile, keys.client, Direction::kIncoming)));
    theirs.push_back(
        std::move(*SrtpSession::create(keys.profile, keys.client, Direction::kOutgoing)));
  }
  Bytes packet = feedback();
  size_t viewer = 0;
  for (auto _ : state) {
    const size_t sealed = *theirs[viewer].protect_rtcp(packet, kFeedbackBytes);
    if (!ours[viewer].unprotect_rtcp(std::span(packet).first(sealed))) std::abort();
    viewer = (viewer + 1) % viewers;
  }
  count_packets(state, 2);
}

// The whole viewer, as a shard drives it: a frame comes, every viewer is polled until it is empty.
void BM_Viewer(benchmark::State& state) {
  const size_t viewers = static_cast<size_t>(state.range(0));
  JoinRequest request;
  request.video = JoinMedia{};
  request.video->payload_type = 102;
  request.video->rtx_payload_type = 103;
  request.video->transport_cc_extension = 3;
  request.video->nack = true;
  std::vector<std::unique_ptr<Viewer>> all;
  for (size_t i = 0; i < viewers; ++i) {
    ViewerIdentity identity;
    identity.video_ssrc = static_cast<uint32_t>(2 * i + 1);
    identity.video_rtx_ssrc = identity.video_ssrc + 1;
    all.push_back(std::make_unique<Viewer>(request, identity, RenditionId{0}));
    if (!all.back()->start(keys_of(SrtpProfile::kAeadAes128Gcm, i))) std::abort();
  }
  Packetizer packetizer(Generation{1}, RenditionId{0});
  ChannelCache channel;
  channel.begin_generation(Generation{1}, std::array{RenditionId{0}});
  MediaTime time{std::chrono::seconds(1'700'000'000)};
  Monotonic now{std::chrono::seconds(1)};
  Bytes buffer(kTrainBufferBytes);
  size_t packets = 0;
  const auto play = [&](uint8_t nal_header) {
    if (!channel.push(std::make_shared<const MediaUnit>(*packetizer.h264(frame(nal_header), time))))
      std::abort();
    time += std::chrono::milliseconds(40);
    now += std::chrono::milliseconds(40);
    for (size_t i = 0; i < viewers; ++i) {
      all[(i + 1) % viewers]->prefetch_owned();
      all[(i + 2) % viewers]->prefetch();
      while (const auto train = all[i]->poll_transmit(channel, now, time, buffer)) {
        packets += train->segments;
        if (all[i]->is_through(channel, now)) break;
      }
    }
  };
  play(0x65);
  packets = 0;
  for (auto _ : state)
    play(0x41);
  state.counters["cpu_a_packet"] = benchmark::Counter(
      static_cast<double>(packets), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

BENCHMARK(BM_OpenSslAlone)->Arg(1)->Arg(kMaxViewers);
BENCHMARK_TEMPLATE(BM_TrainBuilder, SrtpProfile::kAeadAes128Gcm, GcmBackend::kOpenSsl)
    ->Arg(1)
    ->Arg(kMaxViewers);
BENCHMARK_TEMPLATE(BM_TrainBuilder, SrtpProfile::kAeadAes128Gcm, GcmBackend::kIpsecMb)
    ->Arg(1)
    ->Arg(kMaxViewers);
BENCHMARK_TEMPLATE(BM_TrainBuilder, SrtpProfile::kAeadAes128Gcm, GcmBackend::kVaes)
    ->Arg(1)
    ->Arg(kMaxViewers);
BENCHMARK_TEMPLATE(BM_TrainBuilder, SrtpProfile::kAes128CmHmacSha1_80, GcmBackend::kOpenSsl)
    ->Arg(kMaxViewers);
BENCHMARK_TEMPLATE(BM_Srtcp, GcmBackend::kOpenSsl)->Arg(kMaxViewers);
BENCHMARK_TEMPLATE(BM_Srtcp, GcmBackend::kIpsecMb)->Arg(kMaxViewers);
BENCHMARK_TEMPLATE(BM_Srtcp, GcmBackend::kVaes)->Arg(kMaxViewers);
BENCHMARK(BM_SrtcpByLibsrtp)->Arg(kMaxViewers);
BENCHMARK(BM_Viewer)->Arg(1)->Arg(kMaxViewers)->Unit(benchmark::kMillisecond);

// Prints as usual, and the ratios to the yardstick behind it.
class RatioReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      const auto counter = run.counters.find("cpu_a_packet");
      if (counter != run.counters.end())
        results_.emplace_back(run.benchmark_name(), counter->second.value);
    }
  }
  void Finalize() override {
    const std::string yardstick = "BM_OpenSslAlone/" + std::to_string(kMaxViewers);
    double alone = 0;
    for (const auto& [name, seconds] : results_)
      if (name == yardstick) alone = seconds;
    if (alone <= 0) return;
    for (const auto& [name, seconds] : results_)
      GetOutputStream() << name << ": " << seconds * 1e9 << " ns of CPU a packet, "
                        << seconds / alone << " of " << yardstick << "\n";
  }

 private:
  std::vector<std::pair<std::string, double>> results_;
};

}  // namespace
}  // namespace longmen

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  longmen::RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();
}
