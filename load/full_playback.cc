#include "load/full_playback.h"

#include <algorithm>

#include "core/rtp/rtcp.h"

namespace longmen {
namespace {

// Milliseconds from an NTP time to `wall_clock`, which counts from 1970.
double milliseconds_since(NtpTime then, std::chrono::nanoseconds wall_clock) {
  const double then_s = static_cast<double>(then.seconds()) -
                        static_cast<double>(kSecondsFrom1900To1970) +
                        static_cast<double>(then.fraction()) / 4294967296.0;
  return (std::chrono::duration<double>(wall_clock).count() - then_s) * 1000;
}

}  // namespace

FullPlayback::FullPlayback(const sdp::WhepAnswer& answer, uint32_t own_ssrc)
    : own_ssrc_(own_ssrc), has_video_(answer.video.has_value()) {
  const JoinMedia& leading = answer.video ? answer.video->media : answer.audio->media;
  extensions_.transport_cc = leading.transport_cc_extension.value_or(0);
  extensions_.capture_time = leading.capture_time_extension.value_or(0);
  if (answer.video) {
    video_type_ = answer.video->media.payload_type;
    repeat_type_ = answer.video->media.rtx_payload_type.value_or(0);
    nack_ = answer.video->media.nack;
  }
  if (answer.audio) audio_type_ = answer.audio->media.payload_type;
}

Parsed<void> FullPlayback::handle_rtp(ByteSpan bytes, Monotonic now,
                                      std::chrono::nanoseconds wall_clock) {
  const auto packet = read_rtp(bytes);
  if (!packet) return drop(packet.error());
  ++progress_.packets;
  progress_.bytes += bytes.size();
  if (const auto sequence = read_rtp_extensions(*packet, extensions_).transport_cc)
    arrivals_.note(*sequence, now);
  const RtpHeader& header = packet->header;
  if (has_video_ && header.payload_type == video_type_)
    return handle_video(*packet, false, now, wall_clock);
  if (has_video_ && repeat_type_ != 0 && header.payload_type == repeat_type_)
    return handle_video(*packet, true, now, wall_clock);
  if (header.payload_type != audio_type_) {
    ++progress_.others;
    return drop(DropReason::kUnsupported);
  }
  audio_ssrc_ = header.ssrc;
  audio_reception_.note_packet(header.sequence, header.timestamp, now);
  const int64_t before = progress_.audio.begun ? progress_.audio.highest : INT64_MIN;
  const int64_t index = progress_.audio.begun
                            ? unwrap_near<16>(header.sequence, progress_.audio.highest)
                            : int64_t{header.sequence};
  progress_.audio.highest = std::max(before, index);
  progress_.audio.begun = true;
  ++progress_.audio.packets;
  if (!has_video_ && index > before) {
    ++progress_.frames;
    progress_.media_seconds =
        static_cast<double>(audio_timestamp_.unwrap(header.timestamp)) / 48'000.0;
    progress_.media_at = now;
  }
  return {};
}

Parsed<void> FullPlayback::handle_video(const RtpPacketView& packet, bool repeat, Monotonic now,
                                        std::chrono::nanoseconds wall_clock) {
  uint16_t sequence = packet.header.sequence;
  ByteSpan payload = packet.payload;
  if (repeat) {
    ++progress_.repeats;
    ByteReader reader(payload);
    sequence = reader.u16();
    if (!reader.ok()) return drop(DropReason::kTruncated);
    payload = reader.rest();
  } else {
    video_ssrc_ = packet.header.ssrc;
    video_reception_.note_packet(sequence, packet.header.timestamp, now);
  }
  const auto capture_time = read_rtp_extensions(packet, extensions_).capture_time;
  const bool first = !has_keyframe();
  video_.push(sequence, packet.header, payload, capture_time, repeat, now);
  StreamProgress& stream = progress_.video;
  const int64_t index =
      stream.begun ? unwrap_near<16>(sequence, stream.highest) : int64_t{sequence};
  stream.highest = stream.begun ? std::max(stream.highest, index) : index;
  stream.begun = true;
  for (const VideoReceiver::Frame& frame : video_.frames()) {
    if (!frame.keyframe || !frame.capture_time || first) continue;
    if (latencies_ms_.size() < kMaxLatencies)
      latencies_ms_.push_back(milliseconds_since(*frame.capture_time, wall_clock));
  }
  return {};
}

void FullPlayback::handle_rtcp(ByteSpan compound, Monotonic now) {
  rtcp::Reader reader(compound);
  while (const auto packet = reader.next()) {
    const auto* report = std::get_if<rtcp::SenderReport>(&*packet);
    if (!report) continue;
    if (report->ssrc == video_ssrc_) video_reception_.note_sender_report(*report, now);
    if (report->ssrc == audio_ssrc_) audio_reception_.note_sender_report(*report, now);
  }
}

Bytes FullPlayback::handle_timeout(Monotonic now) {
  Bytes out;
  if (!has_video_) return out;
  const std::vector<uint16_t> lost = video_.handle_timeout(now);
  const bool wants_keyframe = video_.wants_keyframe(now) && video_reception_.begun();
  if ((lost.empty() || !nack_) && !wants_keyframe) return out;
  rtcp::write_receiver_report({.ssrc = own_ssrc_, .blocks = {}}, out);
  if (!lost.empty() && nack_) rtcp::write_nack(own_ssrc_, video_ssrc_, lost, out);
  if (wants_keyframe) rtcp::write_picture_loss({own_ssrc_, video_ssrc_}, out);
  return out;
}

void FullPlayback::write_report(Bytes& out, Monotonic now) {
  rtcp::ReceiverReport report;
  report.ssrc = own_ssrc_;
  if (video_reception_.begun())
    report.blocks.values[report.blocks.count++] = video_reception_.next_block(video_ssrc_, now);
  if (audio_reception_.begun())
    report.blocks.values[report.blocks.count++] = audio_reception_.next_block(audio_ssrc_, now);
  rtcp::write_receiver_report(report, out);
}

bool FullPlayback::write_feedback(Bytes& out) {
  return arrivals_.write(own_ssrc_, has_video_ ? video_ssrc_ : audio_ssrc_, out);
}

Progress FullPlayback::progress(Monotonic now) const {
  Progress out = progress_;
  out.at = now;
  const VideoCounters video = video_.counters();
  out.video.packets = video.packets;
  if (has_video_) {
    out.frames = video.frames;
    out.short_freezes = video.short_freezes;
    out.long_freezes = video.long_freezes;
    if (const auto time = video_.media_time_90khz())
      out.media_seconds = static_cast<double>(*time) / 90'000.0;
    out.media_at = video_.last_frame().value_or(Monotonic{});
  }
  return out;
}

}  // namespace longmen
