#include "core/media/media_unit.h"

namespace longmen {
namespace {

constexpr uint8_t kUnitVersion = 1;
constexpr uint8_t kKeyframe = 1;
constexpr uint8_t kMarker = 1;
constexpr uint8_t kStartsTrain = 2;

}  // namespace

void write_media_unit(const MediaUnit& unit, Bytes& out) {
  out.reserve(out.size() + 28 + unit.packets.size() * 4 + unit.payloads.size());
  ByteWriter writer(out);
  writer.u8(kUnitVersion);
  writer.u8(unit.rendition.value);
  writer.u8(unit.keyframe ? kKeyframe : 0);
  writer.u8(0);
  writer.u64(unit.generation.value);
  writer.u64(static_cast<uint64_t>(unit.time.time_since_epoch().count()));
  writer.u48(unit.first_sequence);
  writer.u16(unit.packets.size());
  for (const MediaPacket& packet : unit.packets) {
    writer.u16(packet.payload_bytes);
    writer.u8(packet.padding_bytes);
    writer.u8((packet.marker ? kMarker : 0) | (packet.starts_train ? kStartsTrain : 0));
  }
  for (const MediaPacket& packet : unit.packets)
    writer.bytes(unit.payload(packet));
}

Parsed<MediaUnit> read_media_unit(ByteSpan bytes) {
  if (bytes.size() > kMaxMediaUnitBytes) return drop(DropReason::kTooLarge);
  ByteReader reader(bytes);
  MediaUnit unit;
  if (reader.u8() != kUnitVersion) return drop(DropReason::kUnsupported);
  unit.rendition.value = reader.u8();
  unit.keyframe = reader.u8() & kKeyframe;
  reader.skip(1);
  unit.generation.value = reader.u64();
  unit.time = MediaTime(Flicks(static_cast<int64_t>(reader.u64())));
  unit.first_sequence = reader.u48();
  const size_t count = reader.u16();
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (count == 0) return drop(DropReason::kMalformed);
  if (count > kMaxPacketsPerUnit) return drop(DropReason::kTooLarge);
  unit.packets.resize(count);
  uint32_t offset = 0;
  for (MediaPacket& packet : unit.packets) {
    packet.offset = offset;
    packet.payload_bytes = reader.u16();
    packet.padding_bytes = reader.u8();
    const uint8_t flags = reader.u8();
    packet.marker = flags & kMarker;
    packet.starts_train = flags & kStartsTrain;
    offset += packet.payload_bytes;
  }
  if (!reader.ok() || reader.remaining() != offset) return drop(DropReason::kTruncated);
  ByteSpan payloads = reader.rest();
  unit.payloads.assign(payloads.begin(), payloads.end());
  return unit;
}

}  // namespace longmen
