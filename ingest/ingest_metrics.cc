#include "ingest/ingest_metrics.h"

namespace longmen {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;

constexpr std::array kPathPackets{"received", "lost", "retransmitted", "too_late"};
constexpr std::array kStreamErrors{"lost", "damaged", "left_out", "resync"};

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name,
                                                  const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry);
}

}  // namespace

const char* refusal_reason_name(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kWrongKey:
      return "wrong_key";
    case RefusalReason::kTooManyWrongKeys:
      return "too_many_wrong_keys";
    case RefusalReason::kAlreadyPublishing:
      return "already_publishing";
    case RefusalReason::kTooManyConnections:
      return "too_many_connections";
    case RefusalReason::kWrongApplication:
      return "wrong_application";
    case RefusalReason::kUnsupportedCodec:
      return "unsupported_codec";
    case RefusalReason::kNotUnderstood:
      return "not_understood";
    case RefusalReason::kTooSlow:
      return "too_slow";
    case RefusalReason::kWrongChannel:
      return "wrong_channel";
    case RefusalReason::kWrongPassphrase:
      return "wrong_passphrase";
    case RefusalReason::kCount:
      break;
  }
  return "unknown";
}

const char* cut_reason_name(CutReason reason) {
  switch (reason) {
    case CutReason::kTakenOver:
      return "taken_over";
    case CutReason::kKeyRevoked:
      return "key_revoked";
    case CutReason::kChannelRemoved:
      return "channel_removed";
    case CutReason::kSilent:
      return "silent";
    case CutReason::kStopping:
      return "stopping";
    case CutReason::kCount:
      break;
  }
  return "unknown";
}

IngestMetrics::IngestMetrics(prometheus::Registry& registry)
    : bytes_(counters(registry, "longmen_feed_bytes_total", "Bytes of access units of feeds")),
      frames_(counters(registry, "longmen_feed_frames_total", "Access units of feeds")),
      up_(BuildGauge()
              .Name("longmen_feed_up")
              .Help("Whether a feed of the channel is coming in")
              .Register(registry)),
      round_trip_(
          BuildGauge()
              .Name("longmen_feed_round_trip_seconds")
              .Help(
                  "Round trip to the feed's sender, where the way in measures it (SRT, WHIP, RTSP)")
              .Register(registry)),
      bit_rate_(
          BuildGauge()
              .Name("longmen_feed_received_bits_per_second")
              .Help("What comes in over the feed's path, where the way in measures it (SRT, WHIP)")
              .Register(registry)),
      keyframe_age_(BuildGauge()
                        .Name("longmen_feed_keyframe_age_seconds")
                        .Help("Since the feed's last keyframe; told once a second")
                        .Register(registry)),
      path_packets_(
          counters(registry, "longmen_feed_path_packets_total",
                   "Packets of the feed's path by what became of them (SRT, WHIP, RTSP by UDP)")),
      stream_errors_(counters(registry, "longmen_feed_stream_errors_total",
                              "Errors in the stream of a feed, by kind (MPEG-TS, WHIP, RTSP)")),
      refused_(counters(registry, "longmen_ingest_refused_total",
                        "Senders that were not let in, by reason")),
      cut_(counters(registry, "longmen_ingest_cut_total", "Feeds ended by the node, by reason")),
      dropped_(counters(registry, "longmen_dropped_total", "Deliberate discards, by reason")) {
  // All reasons are there from the start, so that a rate over the first event is right.
  for (int reason = 0; reason < static_cast<int>(RefusalReason::kCount); ++reason)
    (void)refused_count(static_cast<RefusalReason>(reason));
  for (int reason = 0; reason < static_cast<int>(CutReason::kCount); ++reason)
    (void)cut_count(static_cast<CutReason>(reason));
}

ChannelCounters IngestMetrics::channel(const std::string& id, ChannelInput input) {
  const prometheus::Labels of{{"channel", id}, {"input", std::string(name_of(input))}};
  const auto with = [&of](const char* name, const char* value) {
    prometheus::Labels labels = of;
    labels[name] = value;
    return labels;
  };
  ChannelCounters counters{};
  counters.bytes = &bytes_.Add(of);
  counters.video_frames = &frames_.Add(with("kind", "video"));
  counters.audio_frames = &frames_.Add(with("kind", "audio"));
  counters.up = &up_.Add(of);
  counters.round_trip_seconds = &round_trip_.Add(of);
  counters.bits_per_second = &bit_rate_.Add(of);
  counters.keyframe_age_seconds = &keyframe_age_.Add(of);
  for (size_t i = 0; i < kPathPackets.size(); ++i)
    counters.path_packets[i] = &path_packets_.Add(with("what", kPathPackets[i]));
  for (size_t i = 0; i < kStreamErrors.size(); ++i)
    counters.stream_errors[i] = &stream_errors_.Add(with("kind", kStreamErrors[i]));
  return counters;
}

void IngestMetrics::remove(const ChannelCounters& removed) {
  bytes_.Remove(removed.bytes);
  frames_.Remove(removed.video_frames);
  frames_.Remove(removed.audio_frames);
  up_.Remove(removed.up);
  round_trip_.Remove(removed.round_trip_seconds);
  bit_rate_.Remove(removed.bits_per_second);
  keyframe_age_.Remove(removed.keyframe_age_seconds);
  for (auto* counter : removed.path_packets)
    path_packets_.Remove(counter);
  for (auto* counter : removed.stream_errors)
    stream_errors_.Remove(counter);
}

void IngestMetrics::refused(RefusalReason reason) {
  refused_.Add({{"reason", refusal_reason_name(reason)}}).Increment();
}
void IngestMetrics::cut(CutReason reason) {
  cut_.Add({{"reason", cut_reason_name(reason)}}).Increment();
}
void IngestMetrics::dropped(DropReason reason, uint32_t count) {
  dropped_.Add({{"reason", std::string(drop_reason_name(reason))}}).Increment(count);
}

double IngestMetrics::refused_count(RefusalReason reason) {
  return refused_.Add({{"reason", refusal_reason_name(reason)}}).Value();
}
double IngestMetrics::cut_count(CutReason reason) {
  return cut_.Add({{"reason", cut_reason_name(reason)}}).Value();
}
double IngestMetrics::dropped_count(DropReason reason) {
  return dropped_.Add({{"reason", std::string(drop_reason_name(reason))}}).Value();
}

}  // namespace longmen
