#include "core/mpegts/ts_packet.h"

namespace longmen::mpegts {
namespace {

constexpr size_t kHeaderBytes = 4;
constexpr size_t kPcrBytes = 6;
constexpr size_t kSpliceBytes = 1;

// What the flags of an adaptation field account for, without private data and extension.
size_t accounted_bytes(uint8_t flags) {
  const bool pcr = flags & 0x10, opcr = flags & 0x08, splice = flags & 0x04;
  return 1 + (pcr ? kPcrBytes : 0) + (opcr ? kPcrBytes : 0) + (splice ? kSpliceBytes : 0);
}

}  // namespace

// sync_byte 8, transport_error 1, unit_start 1, priority 1, PID 13, scrambling 2, adaptation field
// 1, payload 1, continuity counter 4; then the adaptation field: length 8, discontinuity 1, random
// access 1, priority 1, PCR 1, OPCR 1, splice 1, private data 1, extension 1, ...
Parsed<TsPacket> read_ts_packet(ByteSpan bytes) {
  if (bytes.size() != kPacketBytes) return drop(DropReason::kTruncated);
  if (bytes[0] != kSyncByte) return drop(DropReason::kMalformed);
  if (bytes[1] & 0x80) return drop(DropReason::kNotAuthenticated);
  TsPacket packet;
  packet.unit_start = bytes[1] & 0x40;
  packet.pid = static_cast<uint16_t>((bytes[1] & 0x1F) << 8 | bytes[2]);
  packet.continuity = bytes[3] & 0x0F;
  const bool adaptation = bytes[3] & 0x20, payload = bytes[3] & 0x10;
  if (!adaptation && !payload) return drop(DropReason::kMalformed);
  if ((bytes[3] & 0xC0) != 0 && packet.pid != kNullPid) return drop(DropReason::kUnsupported);

  size_t begin = kHeaderBytes;
  if (adaptation) {
    const size_t length = bytes[kHeaderBytes];
    begin += 1 + length;
    if (begin > kPacketBytes || (payload && begin == kPacketBytes))
      return drop(DropReason::kMalformed);
    const uint8_t flags = length > 0 ? bytes[kHeaderBytes + 1] : 0;
    packet.discontinuity = flags & 0x80;
    packet.stuffed = length == 0 || ((flags & 0x03) == 0 && length > accounted_bytes(flags));
  }
  if (payload) packet.payload = bytes.subspan(begin);
  return packet;
}

}  // namespace longmen::mpegts
