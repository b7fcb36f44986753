#include "core/rtp/rtcp.h"

#include <algorithm>
#include <bit>

namespace longmen::rtcp {
namespace {

constexpr size_t kHeaderBytes = 4;
constexpr uint8_t kGenericNack = 1;              // RTPFB, RFC 4585 §6.2.1
constexpr uint8_t kTransportCcFormat = 15;       // RTPFB
constexpr uint8_t kPictureLossFormat = 1;        // PSFB, RFC 4585 §6.3.1
constexpr uint8_t kFullIntraFormat = 4;          // PSFB, RFC 5104 §4.3.1
constexpr uint8_t kApplicationLayerFormat = 15;  // PSFB: REMB
constexpr uint8_t kCnameItem = 1;
constexpr uint8_t kReferenceTimeBlock = 4;   // RFC 3611 §4.4
constexpr uint8_t kReferenceDelayBlock = 5;  // §4.5

int32_t sign_extend_24(uint32_t value) {
  return static_cast<int32_t>(value << 8) >> 8;
}

ReportBlock read_block(ByteReader& reader) {
  ReportBlock block;
  block.ssrc = reader.u32();
  block.fraction_lost_256 = reader.u8();
  block.cumulative_lost = sign_extend_24(reader.u24());
  block.extended_highest_sequence = reader.u32();
  block.jitter = reader.u32();
  block.last_sender_report = reader.u32();
  block.delay_since_last_sender_report = reader.u32();
  return block;
}

void read_blocks(ByteReader& reader, uint8_t count, Few<ReportBlock, kMaxCount>& blocks) {
  for (; blocks.count < count; ++blocks.count)
    blocks.values[blocks.count] = read_block(reader);
}

SenderReport read_sender_report(ByteReader& reader, uint8_t count) {
  SenderReport report;
  report.ssrc = reader.u32();
  report.ntp.value = reader.u64();
  report.rtp_timestamp = reader.u32();
  report.packets = reader.u32();
  report.octets = reader.u32();
  read_blocks(reader, count, report.blocks);
  return report;
}

ReceiverReport read_receiver_report(ByteReader& reader, uint8_t count) {
  ReceiverReport report;
  report.ssrc = reader.u32();
  read_blocks(reader, count, report.blocks);
  return report;
}

// RFC 3550 §6.5: items of type, length, text; a null type ends the chunk.
SourceDescription read_source_description(ByteReader& reader, uint8_t count) {
  SourceDescription description;
  if (count == 0) return description;
  description.ssrc = reader.u32();
  while (!reader.at_end()) {
    const uint8_t type = reader.u8();
    if (type == 0) break;
    const size_t length = reader.u8();
    const ByteSpan value = reader.take(length);
    if (type == kCnameItem && description.cname.empty()) description.cname = as_text(value);
  }
  return description;
}

Bye read_bye(ByteReader& reader, uint8_t count) {
  Bye bye;
  for (; bye.ssrcs.count < count; ++bye.ssrcs.count)
    bye.ssrcs.values[bye.ssrcs.count] = reader.u32();
  if (reader.ok() && !reader.at_end()) {
    const size_t length = reader.u8();
    bye.reason = as_text(reader.take(length));
  }
  return bye;
}

FullIntraRequest read_full_intra(ByteReader& reader) {
  FullIntraRequest request;
  request.sender_ssrc = reader.u32();
  reader.skip(4);  // SSRC of media source: 0, unused
  while (reader.remaining() >= 8 && request.ssrcs.count < kMaxCount) {
    request.ssrcs.values[request.ssrcs.count++] = reader.u32();
    reader.skip(4);  // sequence number and reserved
  }
  return request;
}

// draft-alvestrand-rmcat-remb-03 §2.2. None when it is another application's message.
std::optional<Remb> read_remb(ByteReader& reader) {
  constexpr uint32_t kIdentifier = 0x52454D42;  // "REMB"
  Remb remb;
  remb.sender_ssrc = reader.u32();
  reader.skip(4);
  if (reader.u32() != kIdentifier) return std::nullopt;
  const size_t count = reader.u8();
  const uint32_t exponent_and_mantissa = reader.u24();
  const uint32_t exponent = exponent_and_mantissa >> 18;
  const uint64_t mantissa = exponent_and_mantissa & 0x3FFFF;
  // What does not fit 64 bits is as good as no limit.
  remb.bitrate_bps = std::bit_width(mantissa) + exponent > 64 ? UINT64_MAX : mantissa << exponent;
  for (size_t index = 0; index < count; ++index) {
    const uint32_t ssrc = reader.u32();
    if (remb.ssrcs.count < kMaxRembSsrcs) remb.ssrcs.values[remb.ssrcs.count++] = ssrc;
  }
  return remb;
}

ExtendedReport read_extended_report(ByteReader& reader) {
  ExtendedReport report;
  report.ssrc = reader.u32();
  while (reader.ok() && !reader.at_end()) {
    const uint8_t type = reader.u8();
    reader.skip(1);
    ByteReader block(reader.take(size_t{reader.u16()} * 4));
    while (type == kReferenceDelayBlock && block.remaining() >= 12 &&
           report.delays.count < kMaxCount) {
      ReferenceDelay& delay = report.delays.values[report.delays.count++];
      delay.ssrc = block.u32();
      delay.last_reference = block.u32();
      delay.delay_since_last_reference = block.u32();
    }
  }
  return report;
}

Packet read_transport_layer_feedback(ByteReader& reader, uint8_t format, ByteSpan packet) {
  if (format == kTransportCcFormat) {
    reader.skip(8);
    return TransportCc{packet};
  }
  if (format != kGenericNack) return Other{PacketType::kTransportFeedback, format};
  Nack nack;
  nack.sender_ssrc = reader.u32();
  nack.media_ssrc = reader.u32();
  nack.pairs = reader.take(reader.remaining() / 4 * 4);
  return nack;
}

Packet read_payload_feedback(ByteReader& reader, uint8_t format) {
  if (format == kPictureLossFormat) {
    PictureLoss loss;
    loss.sender_ssrc = reader.u32();
    loss.media_ssrc = reader.u32();
    return loss;
  }
  if (format == kFullIntraFormat) return read_full_intra(reader);
  if (format == kApplicationLayerFormat) {
    ByteReader attempt = reader;
    if (const auto remb = read_remb(attempt)) {
      reader = attempt;
      return *remb;
    }
  }
  return Other{PacketType::kPayloadFeedback, format};
}

Packet read_body(ByteReader& reader, PacketType type, uint8_t count, ByteSpan packet) {
  switch (type) {
    case PacketType::kSenderReport:
      return read_sender_report(reader, count);
    case PacketType::kReceiverReport:
      return read_receiver_report(reader, count);
    case PacketType::kSourceDescription:
      return read_source_description(reader, count);
    case PacketType::kBye:
      return read_bye(reader, count);
    case PacketType::kTransportFeedback:
      return read_transport_layer_feedback(reader, count, packet);
    case PacketType::kPayloadFeedback:
      return read_payload_feedback(reader, count);
    case PacketType::kExtendedReport:
      return read_extended_report(reader);
    case PacketType::kApplication:
      break;
  }
  return Other{type, count};
}

// Writes the common header; finish_packet() puts the length right.
size_t begin_packet(PacketType type, size_t count, Bytes& out) {
  const size_t start = out.size();
  ByteWriter writer(out);
  writer.u8(0x80 | count);
  writer.u8(static_cast<uint8_t>(type));
  writer.u16(0);
  return start;
}

void finish_packet(size_t start, Bytes& out) {
  ByteWriter writer(out);
  while ((out.size() - start) % 4 != 0)
    writer.u8(0);
  writer.patch_u16(start + 2, (out.size() - start) / 4 - 1);
}

void write_blocks(const Few<ReportBlock, kMaxCount>& blocks, ByteWriter& writer) {
  for (const ReportBlock& block : blocks.span()) {
    writer.u32(block.ssrc);
    writer.u8(block.fraction_lost_256);
    writer.u24(static_cast<uint32_t>(block.cumulative_lost) & 0xFFFFFF);
    writer.u32(block.extended_highest_sequence);
    writer.u32(block.jitter);
    writer.u32(block.last_sender_report);
    writer.u32(block.delay_since_last_sender_report);
  }
}

}  // namespace

namespace {

std::optional<std::chrono::nanoseconds> round_trip_of(NtpTime now, uint32_t sent, uint32_t waited) {
  if (sent == 0) return std::nullopt;
  const uint32_t elapsed = now.compact() - sent - waited;
  // Half the range: the report claims to have waited longer than the time that has passed.
  if (elapsed >= 0x80000000) return std::nullopt;
  return from_compact_ntp(elapsed);
}

}  // namespace

std::optional<std::chrono::nanoseconds> ReportBlock::round_trip(NtpTime now) const {
  return round_trip_of(now, last_sender_report, delay_since_last_sender_report);
}

std::optional<std::chrono::nanoseconds> ReferenceDelay::round_trip(NtpTime now) const {
  return round_trip_of(now, last_reference, delay_since_last_reference);
}

size_t Nack::count() const {
  size_t sequences = 0;
  for_each([&](uint16_t) { ++sequences; });
  return sequences;
}

Reader::Reader(ByteSpan compound) : rest_(compound) {
  if (compound.size() > kMaxRtcpBytes) stop(DropReason::kTooLarge);
}

std::optional<Packet> Reader::next() {
  if (rest_.empty()) return std::nullopt;
  if (rest_.size() < kHeaderBytes) return stop(DropReason::kTruncated);
  ByteReader header(rest_);
  const uint8_t first = header.u8();
  const auto type = static_cast<PacketType>(header.u8());
  const size_t packet_bytes = (size_t{header.u16()} + 1) * 4;
  if (first >> 6 != 2) return stop(DropReason::kMalformed);
  if (packet_bytes > rest_.size()) return stop(DropReason::kTruncated);
  ByteSpan packet = rest_.first(packet_bytes);
  rest_ = rest_.subspan(packet_bytes);
  // RFC 3550 §6.4.1: the last octet counts the padding, itself included. It says a multiple of
  // four, but libwebrtc fills up its transport feedback with one to three.
  if (first & 0x20) {
    const size_t padding_bytes = packet.back();
    if (padding_bytes == 0 || padding_bytes > packet_bytes - kHeaderBytes)
      return stop(DropReason::kMalformed);
    packet = packet.first(packet_bytes - padding_bytes);
  }
  ByteReader body(packet.subspan(kHeaderBytes));
  Packet read = read_body(body, type, first & 0x1F, packet);
  if (!body.ok()) return stop(DropReason::kMalformed);
  return read;
}

std::optional<Packet> Reader::stop(DropReason problem) {
  problem_ = problem;
  rest_ = {};
  return std::nullopt;
}

void write_sender_report(const SenderReport& report, Bytes& out) {
  const size_t start = begin_packet(PacketType::kSenderReport, report.blocks.count, out);
  ByteWriter writer(out);
  writer.u32(report.ssrc);
  writer.u64(report.ntp.value);
  writer.u32(report.rtp_timestamp);
  writer.u32(report.packets);
  writer.u32(report.octets);
  write_blocks(report.blocks, writer);
  finish_packet(start, out);
}

void write_receiver_report(const ReceiverReport& report, Bytes& out) {
  const size_t start = begin_packet(PacketType::kReceiverReport, report.blocks.count, out);
  ByteWriter writer(out);
  writer.u32(report.ssrc);
  write_blocks(report.blocks, writer);
  finish_packet(start, out);
}

void write_source_description(uint32_t ssrc, std::string_view cname, Bytes& out) {
  const size_t start = begin_packet(PacketType::kSourceDescription, 1, out);
  ByteWriter writer(out);
  writer.u32(ssrc);
  cname = cname.substr(0, kMaxCnameBytes);
  writer.u8(kCnameItem);
  writer.u8(cname.size());
  writer.text(cname);
  writer.u8(0);  // ends the items; finish_packet() pads the chunk
  finish_packet(start, out);
}

void write_bye(std::span<const uint32_t> ssrcs, std::string_view reason, Bytes& out) {
  ssrcs = ssrcs.first(std::min(ssrcs.size(), kMaxCount));
  const size_t start = begin_packet(PacketType::kBye, ssrcs.size(), out);
  ByteWriter writer(out);
  for (uint32_t ssrc : ssrcs)
    writer.u32(ssrc);
  reason = reason.substr(0, 255);
  if (!reason.empty()) {
    writer.u8(reason.size());
    writer.text(reason);
  }
  finish_packet(start, out);
}

void write_nack(uint32_t sender_ssrc, uint32_t media_ssrc, std::span<const uint16_t> sequences,
                Bytes& out) {
  const size_t start = begin_packet(PacketType::kTransportFeedback, kGenericNack, out);
  ByteWriter writer(out);
  writer.u32(sender_ssrc);
  writer.u32(media_ssrc);
  size_t pairs = 0;
  for (size_t at = 0; at < sequences.size() && pairs < kMaxNackPairs; ++pairs) {
    const uint16_t first = sequences[at++];
    uint32_t following = 0;
    for (; at < sequences.size(); ++at) {
      const auto distance = static_cast<uint16_t>(sequences[at] - first);
      if (distance == 0 || distance > 16) break;
      following |= 1u << (distance - 1);
    }
    writer.u16(first);
    writer.u16(following);
  }
  finish_packet(start, out);
}

void write_reference_time(uint32_t ssrc, NtpTime now, Bytes& out) {
  const size_t start = begin_packet(PacketType::kExtendedReport, 0, out);
  ByteWriter writer(out);
  writer.u32(ssrc);
  writer.u8(kReferenceTimeBlock);
  writer.u8(0);
  writer.u16(2);
  writer.u64(now.value);
  finish_packet(start, out);
}

void write_picture_loss(const PictureLoss& loss, Bytes& out) {
  const size_t start = begin_packet(PacketType::kPayloadFeedback, kPictureLossFormat, out);
  ByteWriter writer(out);
  writer.u32(loss.sender_ssrc);
  writer.u32(loss.media_ssrc);
  finish_packet(start, out);
}

}  // namespace longmen::rtcp
