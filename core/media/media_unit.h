// One access unit (a video frame, an Opus packet, an AAC frame) as RTP payloads: what the streamer
// makes, the relay fans out and keeps, and the tree carries. Immutable once made; shared by all
// viewers of a shard. It holds payloads without RTP headers: the last hop writes those.
//
// Packets of one train have payloads of equal size (padding included), so that the train can leave
// as one UDP GSO send. Wire form (link between processes), big-endian:
//   u8 version=1, u8 rendition, u8 flags (1 keyframe), u8 reserved, u64 generation, u64 time in
//   flicks, u48 first sequence, u16 packet count, then per packet u16 payload bytes (padding not
//   counted), u8 padding bytes, u8 flags (1 marker, 2 starts a train), then all payloads in order.
#pragma once

#include <memory>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/media/identity.h"
#include "core/time/media_time.h"

namespace longmen {

inline constexpr size_t kMaxPacketsPerUnit = 4096;
inline constexpr size_t kMaxMediaUnitBytes = 4 << 20;

struct MediaPacket {
  uint32_t offset = 0;         // of the payload in MediaUnit::payloads
  uint16_t payload_bytes = 0;  // without padding
  uint8_t padding_bytes = 0;   // RTP padding to add (RFC 3550 §5.1), 0: none
  bool marker = false;
  bool starts_train = false;
};

struct MediaUnit {
  Generation generation;
  RenditionId rendition;
  MediaTime time;
  bool keyframe = false;  // video: an IDR with its parameter sets; audio: always true
  PacketSequence first_sequence = 0;
  std::vector<MediaPacket> packets;
  Bytes payloads;

  ByteSpan payload(const MediaPacket& packet) const {
    return ByteSpan(payloads).subspan(packet.offset, packet.payload_bytes);
  }
};

using MediaUnitPtr = std::shared_ptr<const MediaUnit>;

void write_media_unit(const MediaUnit& unit, Bytes& out);
Parsed<MediaUnit> read_media_unit(ByteSpan bytes);

}  // namespace longmen
