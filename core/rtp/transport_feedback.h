// Transport-wide congestion control feedback: one entry for each packet that it reports on,
// received or not. FeedbackReader goes through it without memory of its own;
// decode_transport_feedback() keeps it as a value. What the figures mean for the sending rate is
// decided in core/bandwidth/. Bounds: kMaxFeedbackPackets; the vector of a reused TransportFeedback
// keeps its memory. Source: draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.
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
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/drop_reason.h"
#include "core/base/result.h"

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

// A view into the datagram, which must outlive it.
class FeedbackReader {
 public:
  // `packet` is rtcp::TransportCc::packet. Everything is checked here: kTruncated (chunks or deltas
  // missing), kMalformed, kTooLarge, kUnsupported (not this format).
  static Parsed<FeedbackReader> open(ByteSpan packet);

  // Ascending from base_sequence(), packet_count() of them.
  std::optional<FeedbackPacket> next();

  uint32_t sender_ssrc() const { return sender_ssrc_; }
  uint32_t media_ssrc() const { return media_ssrc_; }
  uint16_t base_sequence() const { return base_sequence_; }
  uint16_t packet_count() const { return packet_count_; }
  uint8_t feedback_count() const { return feedback_count_; }
  FeedbackTicks reference() const { return reference_; }

 private:
  FeedbackReader() : chunks_({}), deltas_({}) {}
  bool find_deltas(ByteSpan chunks_and_deltas, DropReason& problem);
  void load_chunk();

  uint32_t sender_ssrc_ = 0;
  uint32_t media_ssrc_ = 0;
  uint16_t base_sequence_ = 0;
  uint16_t packet_count_ = 0;
  uint8_t feedback_count_ = 0;
  FeedbackTicks reference_{0};
  ByteReader chunks_;
  ByteReader deltas_;
  uint16_t next_packet_ = 0;
  FeedbackTicks arrival_{0};
  // What is left of the chunk that is being read.
  uint16_t symbols_ = 0;
  uint16_t symbols_left_ = 0;
  uint8_t symbol_bits_ = 0;  // 1 or 2; 0: a run of symbols_
};

// On any other result than kNone, those of FeedbackReader::open(), `out` is not meaningful.
DropReason decode_transport_feedback(ByteSpan packet, TransportFeedback& out);

// Appends one whole RTCP packet, as a receiver of media sends it: `packets` ascend by one from
// base_sequence, at most kMaxFeedbackPackets (the rest is left out). The reference is written in
// units of 64 ms, rounded down. Arrivals may go back; one more than 8.19 s from the one before (the
// first: from the reference) cannot be said: it and what follows is left out. Nothing is written
// when nothing is left.
void write_transport_feedback(const TransportFeedback& feedback, Bytes& out);

}  // namespace longmen::rtcp
