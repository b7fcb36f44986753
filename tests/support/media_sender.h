// What a browser that sends by WHIP makes of its media, for tests: pictures of H.264 and packets of
// Opus as plain RTP with transport-wide numbers, repeats by RTX, keyframes when it is asked, sender
// reports, and answers to reference times. Time comes from the test.
#pragma once

#include <map>
#include <vector>

#include "core/node/join.h"
#include "core/rtp/header.h"
#include "core/rtp/packetizer.h"
#include "core/rtp/rtcp.h"
#include "core/rtp/transport_feedback.h"
#include "core/time/media_time.h"
#include "tests/support/ts_writer.h"

namespace longmen::test {

class MediaSender {
 public:
  static constexpr uint8_t kVideoType = 102, kRtxType = 103, kAudioType = 111;
  static constexpr uint8_t kTransportCcId = 3;
  static constexpr uint32_t kVideoSsrc = 0x11111111, kRtxSsrc = 0x22222222, kAudioSsrc = 0x33333333;
  static constexpr size_t kHistory = 2000;

  static JoinMedia video_media() {
    JoinMedia media;
    media.payload_type = kVideoType;
    media.rtx_payload_type = kRtxType;
    media.transport_cc_extension = kTransportCcId;
    media.nack = media.pli = true;
    return media;
  }
  static JoinMedia audio_media(bool nack = true) {
    JoinMedia media;
    media.payload_type = kAudioType;
    media.transport_cc_extension = kTransportCcId;
    media.nack = nack;
    return media;
  }

  // Packets that are to be sent, in order.
  std::vector<Bytes> take() { return std::exchange(out_, {}); }

  void picture(Monotonic now, size_t bytes = 4000) {
    const bool keyframe = std::exchange(keyframe_due_, false);
    const auto unit = packetizer_.h264(keyframe ? annex_b_keyframe(bytes) : annex_b_picture(bytes),
                                       MediaTime(Flicks(0)));
    const uint32_t timestamp = video_timestamp(now);
    for (const MediaPacket& packet : unit->packets) {
      // They are the first packet.
      if (keyframe && !tells_sets && &packet == &unit->packets.front()) continue;
      RtpHeader header{.marker = packet.marker,
                       .payload_type = kVideoType,
                       .sequence = video_sequence_++,
                       .timestamp = timestamp,
                       .ssrc = kVideoSsrc};
      const ByteSpan payload = unit->payload(packet);
      history_[header.sequence] = {header, Bytes(payload.begin(), payload.end())};
      if (history_.size() > kHistory)
        history_.erase(static_cast<uint16_t>(header.sequence - kHistory));
      send(header, payload);
    }
    ++pictures;
    keyframes += keyframe;
  }
  void sound(Monotonic now) {
    RtpHeader header{.payload_type = kAudioType,
                     .sequence = audio_sequence_++,
                     .timestamp = audio_timestamp(now),
                     .ssrc = kAudioSsrc};
    const Bytes payload{0x78, 1, 2, 3};  // one frame of 20 ms
    sounds_[header.sequence] = {header, payload};
    send(header, payload);
  }
  // Padding that probes the path.
  void probe() {
    RtpHeader header{
        .padding = true, .payload_type = kRtxType, .sequence = rtx_sequence_++, .ssrc = kRtxSsrc};
    Bytes padding(200, 0);
    padding.back() = 200;
    send(header, padding);
  }
  Bytes reports(Monotonic now) {
    Bytes out;
    rtcp::SenderReport report;
    report.ntp = to_ntp(MediaTime(floor_flicks(now.time_since_epoch()) + kAgo));
    report.ssrc = kVideoSsrc;
    report.rtp_timestamp = video_timestamp(now);
    rtcp::write_sender_report(report, out);
    report.ssrc = kAudioSsrc;
    report.rtp_timestamp = audio_timestamp(now);
    rtcp::write_sender_report(report, out);
    if (last_reference_ != 0) {
      const auto held =
          static_cast<uint64_t>((now - reference_came_).count()) * 65536 / 1'000'000'000;
      ByteWriter writer(out);
      writer.u32(0x80CF0005);
      writer.u32(kVideoSsrc);
      writer.u32(0x05000003);
      writer.u32(reference_ssrc_);
      writer.u32(last_reference_);
      writer.u32(held);
    }
    return out;
  }

  void handle_rtcp(ByteSpan compound, Monotonic now) {
    rtcp::Reader reader(compound);
    while (const auto packet = reader.next()) {
      if (const auto* nack = std::get_if<rtcp::Nack>(&*packet)) {
        nack->for_each([&](uint16_t sequence) { repeat(nack->media_ssrc, sequence); });
      } else if (std::holds_alternative<rtcp::PictureLoss>(*packet)) {
        ++picture_losses;
        keyframe_due_ = true;
      } else if (const auto* feedback = std::get_if<rtcp::TransportCc>(&*packet)) {
        rtcp::TransportFeedback told;
        if (rtcp::decode_transport_feedback(feedback->packet, told) != DropReason::kNone) continue;
        ++feedbacks;
        for (const auto& each : told.packets)
          (each.received ? told_received : told_lost) += 1;
      } else if (const auto* report = std::get_if<rtcp::ReceiverReport>(&*packet)) {
        report_blocks += report->blocks.count;
      }
    }
    note_reference(compound, now);
  }

  bool mends = true;       // what is asked for again is sent
  bool tells_sets = true;  // keyframes have their parameter sets

  uint64_t pictures = 0, keyframes = 0, repeats = 0, picture_losses = 0, report_blocks = 0;
  uint64_t feedbacks = 0, told_received = 0, told_lost = 0;

 private:
  struct Sent {
    RtpHeader header;
    Bytes payload;
  };
  // Sound was begun 120 ms before the picture's clock, both at arbitrary timestamps.
  static constexpr Flicks kAgo = std::chrono::hours(400'000);
  static uint32_t ticks(Monotonic now, int64_t rate) {
    return static_cast<uint32_t>(static_cast<__int128>(now.time_since_epoch().count()) * rate /
                                 1'000'000'000);
  }
  static uint32_t video_timestamp(Monotonic now) { return ticks(now, 90'000) + 0xFFFF0000; }
  static uint32_t audio_timestamp(Monotonic now) { return ticks(now, 48'000) + 77; }

  void send(const RtpHeader& header, ByteSpan payload) {
    RtpExtensions extensions;
    extensions.transport_cc = transport_sequence_++;
    uint8_t written[kMaxRtpHeaderBytes];
    const size_t bytes =
        write_rtp_header(header, {.transport_cc = kTransportCcId}, extensions, written);
    Bytes& packet = out_.emplace_back(written, written + bytes);
    packet.insert(packet.end(), payload.begin(), payload.end());
  }
  void repeat(uint32_t ssrc, uint16_t sequence) {
    const auto& sent = ssrc == kAudioSsrc ? sounds_ : history_;
    const auto found = sent.find(sequence);
    if (found == sent.end() || !mends) return;
    ++repeats;
    if (ssrc == kAudioSsrc) return send(found->second.header, found->second.payload);
    RtpHeader header = found->second.header;
    Bytes payload{static_cast<uint8_t>(sequence >> 8), static_cast<uint8_t>(sequence)};
    payload.insert(payload.end(), found->second.payload.begin(), found->second.payload.end());
    header.ssrc = kRtxSsrc;
    header.payload_type = kRtxType;
    header.sequence = rtx_sequence_++;
    send(header, payload);
  }
  // RFC 3611 §4.4; the reader of the product has no use for it.
  void note_reference(ByteSpan compound, Monotonic now) {
    ByteReader reader(compound);
    while (reader.remaining() >= 4) {
      reader.skip(1);
      const uint8_t type = reader.u8();
      ByteReader body(reader.take(size_t{reader.u16()} * 4));
      if (type != 207) continue;
      reference_ssrc_ = body.u32();
      if (body.u32() != 0x04000002) continue;
      last_reference_ = static_cast<uint32_t>(body.u64() >> 16);
      reference_came_ = now;
    }
  }

  Packetizer packetizer_{Generation{1}, RenditionId{0}};
  std::vector<Bytes> out_;
  std::map<uint16_t, Sent> history_, sounds_;
  uint16_t video_sequence_ = 65'000, audio_sequence_ = 100, rtx_sequence_ = 5;
  uint16_t transport_sequence_ = 65'500;
  bool keyframe_due_ = true;
  uint32_t last_reference_ = 0, reference_ssrc_ = 0;
  Monotonic reference_came_;
};

}  // namespace longmen::test
