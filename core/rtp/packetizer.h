// Cuts the access units of one rendition of one generation into RTP payloads, once for all viewers,
// and numbers them. It knows no RTP header, viewer or key. Trains: the parameter sets of an IDR
// alone, as one STAP-A; then packets of equal size, the last equalised by RTP padding, at most
// kMaxTrainPackets; the last packet of a unit has the marker. Bounds: kMaxPayloadBytes a packet,
// kMaxPacketsPerUnit a unit. One thread. Sources: RFC 6184 §5.6-5.8 (packetization-mode 1),
// RFC 7587 §4.2 (Opus), RFC 3640 §3.2, §3.3.6 (AAC-hbr).
#pragma once

#include <vector>

#include "core/media/media_unit.h"
#include "core/rtp/header.h"

namespace longmen {

inline constexpr size_t kMaxTrainPackets = 32;
inline constexpr size_t kSrtpTagBytes = 16;  // GCM's; SHA1_80 has 10
inline constexpr size_t kRtxOsnBytes = 2;    // RFC 4588 §4; a repeat must fit the same datagram
// Of an ordinary packet, padding included: 1162.
inline constexpr size_t kMaxPayloadBytes =
    kMaxUdpPayloadBytes - kMediaRtpHeaderBytes - kSrtpTagBytes - kRtxOsnBytes;
// Of a packet that may carry every extension (parameter sets, audio): 1130.
inline constexpr size_t kMaxExtendedPayloadBytes =
    kMaxUdpPayloadBytes - kMaxRtpHeaderBytes - kSrtpTagBytes - kRtxOsnBytes;

class Packetizer {
 public:
  Packetizer(Generation generation, RenditionId rendition, PacketSequence first_sequence = 0);

  // One access unit with start codes. SPS and PPS are remembered: an IDR that comes without them
  // gets the last ones seen (kWrongState when there were none). Delimiters, SEI and filler are left
  // out; a unit in which no slice remains is kMalformed. Nothing is numbered on failure.
  Parsed<MediaUnit> h264(ByteSpan annex_b, MediaTime time);
  // One Opus packet, up to kMaxExtendedPayloadBytes.
  Parsed<MediaUnit> opus(ByteSpan packet, MediaTime time);
  // One raw AAC frame (no ADTS), up to 8191 bytes; one packet up to 1126 bytes, else fragments.
  Parsed<MediaUnit> aac(ByteSpan frame, MediaTime time);

  PacketSequence next_sequence() const { return next_sequence_; }

 private:
  // Takes SPS and PPS out of nals_ and remembers them; true when there were any.
  Parsed<bool> keep_parameter_sets();
  MediaUnit begin_unit(MediaTime time, bool keyframe) const;
  Parsed<MediaUnit> finish(MediaUnit unit);

  Generation generation_;
  RenditionId rendition_;
  PacketSequence next_sequence_;
  std::vector<Bytes> sps_;  // the last seen
  std::vector<Bytes> pps_;
  std::vector<ByteSpan> nals_;  // scratch, kept for its capacity
};

}  // namespace longmen
