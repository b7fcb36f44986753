#include "core/mpegts/pes_assembler.h"

namespace longmen::mpegts {
namespace {

// Streams whose packets have no timestamps: table 2-21.
bool without_header(uint8_t stream_id) {
  switch (stream_id) {
    case 0xBC:  // program_stream_map
    case 0xBE:  // padding_stream
    case 0xBF:  // private_stream_2
    case 0xF0:  // ECM
    case 0xF1:  // EMM
    case 0xF2:  // DSM-CC
    case 0xF8:  // H.222.1 type E
    case 0xFF:  // program_stream_directory
      return true;
    default:
      return false;
  }
}

// prefix 4, bits 32..30, marker 1, bits 29..15, marker 1, bits 14..0, marker 1.
Parsed<uint64_t> read_timestamp(ByteReader& reader, uint8_t prefix) {
  const uint64_t bits = uint64_t{reader.u8()} << 32 | reader.u32();
  if (!reader.ok()) return drop(DropReason::kTruncated);
  constexpr uint64_t kMarkers = uint64_t{1} << 32 | 1 << 16 | 1;
  if ((bits & kMarkers) != kMarkers || bits >> 36 != prefix) return drop(DropReason::kMalformed);
  return (bits >> 33 & 7) << 30 | (bits >> 17 & 0x7FFF) << 15 | (bits >> 1 & 0x7FFF);
}

}  // namespace

// start code 24, stream_id 8, length 16; '10' 2, scrambling 2, priority 1, alignment 1, copyright
// 1, original 1, PTS_DTS_flags 2, other flags 6, header length 8, then the header's fields.
Parsed<PesPacket> read_pes(ByteSpan bytes) {
  ByteReader reader(bytes);
  const uint32_t start_code = reader.u24();
  const uint8_t stream_id = reader.u8();
  reader.skip(2);
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (start_code != 1) return drop(DropReason::kMalformed);
  if (without_header(stream_id)) return drop(DropReason::kUnsupported);
  const uint8_t first = reader.u8();
  const uint8_t flags = reader.u8();
  ByteReader header(reader.take(reader.u8()));
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (first >> 6 != 2) return drop(DropReason::kMalformed);
  if (first & 0x30) return drop(DropReason::kUnsupported);
  PesPacket packet;
  const uint8_t times = flags >> 6;
  if (times == 1) return drop(DropReason::kMalformed);
  if (times >= 2) {
    const auto pts = read_timestamp(header, times);
    if (!pts) return drop(pts.error());
    packet.pts_90khz = *pts;
  }
  if (times == 3) {
    const auto dts = read_timestamp(header, 1);
    if (!dts) return drop(dts.error());
    packet.dts_90khz = *dts;
  }
  packet.payload = reader.rest();
  return packet;
}

}  // namespace longmen::mpegts
