// Transport-wide congestion control feedback as one entry for each packet that it reports on,
// received or not: the sender of media decodes it, a player encodes it. What the figures mean for
// the sending rate is decided elsewhere. Bounds: kMaxFeedbackPackets; the vector of a reused
// TransportFeedback keeps its memory. Source: draft-holmer-rmcat-transport-wide-cc-extensions-01
// §3.1.
//
//  |V=2|P| FMT=15  |    PT=205     |           length              |
//  |                     SSRC of packet sender                     |
//  |                      SSRC of media source                     |
//  |      base sequence number     |      packet status count      |
//  |        reference time (24)                    | fb pkt. count |
//  |  packet chunks (16 each): run length or status vector         |
//  |  receive deltas: 1 byte (small), 2 bytes signed (large) ...   |
#pragma once

#include <chrono>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/drop_reason.h"

namespace longmen::rtcp {

inline constexpr size_t kMaxFeedbackPackets = 8192;

// 250 us, the unit of receive deltas.
using FeedbackTicks = std::chrono::duration<int64_t, std::ratio<1, 4000>>;

struct FeedbackPacket {
  uint16_t sequence = 0;  // transport-wide
  bool received = false;
  // On the receiver's clock, from its arbitrary zero; runs on modulo 2^24 x 64 ms. Meaningless
  // unless received.
  FeedbackTicks arrival{0};
};

struct TransportFeedback {
  uint32_t sender_ssrc = 0;
  uint32_t media_ssrc = 0;
  uint16_t base_sequence = 0;
  uint8_t feedback_count = 0;  // 8-bit number of this feedback; a gap tells of lost feedback
  FeedbackTicks reference{0};
  std::vector<FeedbackPacket> packets;  // ascending from base_sequence, without gaps
};

// `packet` is rtcp::TransportCc::packet. On any other result than kNone `out` is not meaningful:
// kTruncated (chunks or deltas missing), kMalformed, kTooLarge, kUnsupported (not this format).
DropReason decode_transport_feedback(ByteSpan packet, TransportFeedback& out);

// Appends one whole RTCP packet. From `feedback` come the SSRCs, base_sequence, feedback_count and
// of each packet `received` and `arrival`; the sequence numbers follow from their order, and the
// reference time is the first arrival's, rounded down to 64 ms. False, with nothing written, when
// it cannot be said in one packet: none or more than kMaxFeedbackPackets, or two arrivals that
// follow each other by more than 8.19 s.
bool write_transport_feedback(const TransportFeedback& feedback, Bytes& out);

}  // namespace longmen::rtcp
