#include "core/rtp/depacketizer.h"

#include <utility>

#include "core/codec/h264.h"

namespace longmen {
namespace {

Parsed<void> append_aggregate(ByteSpan payload, Bytes& out) {
  ByteReader reader(payload.subspan(1));
  if (reader.at_end()) return drop(DropReason::kTruncated);
  while (!reader.at_end()) {
    const ByteSpan nal = reader.take(reader.u16());
    if (!reader.ok()) return drop(DropReason::kTruncated);
    if (nal.empty()) return drop(DropReason::kMalformed);
    h264::append_annex_b(nal, out);
  }
  return {};
}

}  // namespace

Parsed<void> H264Assembler::push(ByteSpan payload) {
  if (payload.empty()) return drop(DropReason::kTruncated);
  // A STAP-A may turn two bytes of length into four of start code.
  if (annex_b_.size() + 2 * payload.size() + 4 > kMaxMediaUnitBytes)
    return drop(DropReason::kTooLarge);
  const h264::NalType type = h264::nal_type(payload);
  if (type != h264::NalType::kFuA) {
    if (in_fragment_) return drop(DropReason::kMalformed);
    if (type == h264::NalType::kStapA) return append_aggregate(payload, annex_b_);
    // 0 is unspecified; above are STAP-B, MTAP, FU-B, of the interleaved mode, and reserved ones.
    if (static_cast<int>(type) == 0 ||
        static_cast<int>(type) > static_cast<int>(h264::NalType::kStapA))
      return drop(DropReason::kUnsupported);
    h264::append_annex_b(payload, annex_b_);
    return {};
  }
  if (payload.size() < 3) return drop(DropReason::kTruncated);
  const bool start = payload[1] & h264::kFuStart;
  if (start == in_fragment_) return drop(DropReason::kMalformed);
  if (start) {
    const uint8_t header = static_cast<uint8_t>((payload[0] & 0xe0) | (payload[1] & 0x1f));
    h264::append_annex_b(ByteSpan(&header, 1), annex_b_);
  }
  annex_b_.insert(annex_b_.end(), payload.begin() + 2, payload.end());
  in_fragment_ = !(payload[1] & h264::kFuEnd);
  return {};
}

Parsed<Bytes> H264Assembler::finish() {
  if (in_fragment_ || annex_b_.empty()) return drop(DropReason::kTruncated);
  return std::exchange(annex_b_, {});
}

Parsed<Bytes> h264_access_unit(const MediaUnit& unit) {
  H264Assembler assembler;
  for (const MediaPacket& packet : unit.packets)
    if (auto pushed = assembler.push(unit.payload(packet)); !pushed) return drop(pushed.error());
  return assembler.finish();
}

Parsed<Bytes> aac_frame(const MediaUnit& unit) {
  constexpr uint16_t kOneAuHeaderBits = 16;
  Bytes frame;
  size_t frame_bytes = 0;
  for (const MediaPacket& packet : unit.packets) {
    ByteReader reader(unit.payload(packet));
    const uint16_t headers_bits = reader.u16();
    const size_t size = reader.u16() >> 3;
    if (!reader.ok()) return drop(DropReason::kTruncated);
    if (headers_bits != kOneAuHeaderBits) return drop(DropReason::kUnsupported);
    if (frame_bytes != 0 && size != frame_bytes) return drop(DropReason::kMalformed);
    frame_bytes = size;
    const ByteSpan part = reader.rest();
    frame.insert(frame.end(), part.begin(), part.end());
  }
  if (frame.empty() || frame.size() != frame_bytes) return drop(DropReason::kMalformed);
  return frame;
}

Parsed<Bytes> opus_packet(const MediaUnit& unit) {
  if (unit.packets.size() != 1) return drop(DropReason::kMalformed);
  const ByteSpan packet = unit.payload(unit.packets.front());
  if (packet.empty()) return drop(DropReason::kTruncated);
  return Bytes(packet.begin(), packet.end());
}

}  // namespace longmen
