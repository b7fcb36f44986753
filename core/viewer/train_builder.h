// Writes the sealed datagrams of one train, one after the other without gaps, into a send buffer:
// one UDP GSO send of `segment_bytes` each, the last one perhaps shorter. All packets of a train
// but a riding audio packet have the same set of header extensions. It decides no order and knows
// no viewer's state but the streams, ids and sealer it is given; it allocates nothing. One thread.
// Sources: RFC 8285 §4.2, RFC 4588 §4, linux/udp.h UDP_SEGMENT.
#pragma once

#include <span>

#include "core/rtp/header.h"
#include "core/rtp/packetizer.h"
#include "core/srtp/rtp_sealer.h"
#include "core/viewer/viewer_stream.h"

namespace longmen {

// One GSO send from the start of the buffer. A single datagram is a train of one segment.
struct Train {
  size_t bytes = 0;
  size_t segment_bytes = 0;       // of all segments but the last
  size_t last_segment_bytes = 0;  // 1 .. segment_bytes
  size_t segments = 0;
};

// A full train and a riding packet, and what libsrtp may touch beyond.
inline constexpr size_t kMaxTrainBytes = (kMaxTrainPackets + 1) * kMaxUdpPayloadBytes;
inline constexpr size_t kTrainBufferBytes = kMaxTrainBytes + kMaxSrtpTrailerBytes;

class TrainBuilder {
 public:
  // `out` has at least kTrainBufferBytes. `transport_sequence` is the viewer's transport-cc
  // counter, across its streams.
  TrainBuilder(RtpSealer& sealer, uint16_t& transport_sequence, std::span<uint8_t> out);

  // Appends packets of `unit` from `first_packet` on, up to the end of their train and at most
  // `max_segments`; returns the first packet that is left. `common` goes into every packet, besides
  // transport-cc. Into an empty train everything fits that ChannelCache takes; audio may follow
  // video as the last segment, when it is not larger (else `first_packet` is returned).
  size_t add_packets(ViewerStream& stream, const RtpExtensionIds& ids, const MediaUnit& unit,
                     const Placement& placement, size_t first_packet,
                     const RtpExtensions& common = {}, size_t max_segments = kMaxTrainPackets);
  // What is added first is padded up to so many bytes of payload, so that a packet of that size may
  // follow; as far as RTP padding reaches.
  void make_room_behind_first(size_t payload_bytes) { least_payload_bytes_ = payload_bytes; }
  // Appends a repeat on the RTX stream, if it fits the train: repeats of one train make one again.
  // `sent` is what the packet was when it left first.
  bool add_repeat(ViewerStream& stream, const RtpExtensionIds& ids, const MediaUnit& unit,
                  size_t packet, const SentPacket& sent);

  const Train& train() const { return train_; }

 private:
  // True when another segment of this size may follow.
  bool fits(size_t segment_bytes) const;
  // Writes the header where the next segment begins; returns its size.
  size_t write_header(const RtpHeader& header, const RtpExtensionIds& ids,
                      const RtpExtensions& extensions);
  void seal(SealedStream& sealed, uint64_t index, size_t header_bytes,
            const RtpPlaintext& plaintext, const RtpExtensionIds& ids);

  RtpSealer& sealer_;
  uint16_t& transport_sequence_;
  std::span<uint8_t> out_;
  size_t least_payload_bytes_ = 0;
  Train train_;
};

}  // namespace longmen
