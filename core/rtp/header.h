// RTP headers and the one-byte header extensions that are spoken here. Reading checks every bound
// and copies nothing; writing goes straight into a send buffer. No sequence, clock or key is known.
// Sources: RFC 3550 §5.1; RFC 8285 §4.2; transport-wide-cc-01 (draft-holmer-rmcat); playout-delay
// and abs-capture-time (webrtc.org/experiments/rtp-hdrext); RFC 9143 (mid).
#pragma once

#include <optional>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/rtp/ntp_time.h"

namespace longmen {

inline constexpr size_t kRtpHeaderBytes = 12;
inline constexpr size_t kMaxUdpPayloadBytes = 1200;
inline constexpr size_t kMaxMidBytes = 16;  // what one element of a one-byte extension holds
// The player may delay the picture up to this to keep it with the sound. With 0 a player whose
// sound needs a buffer (arrival jitters) lets the picture run ahead of it by 75 ms and more; with
// 400 ms it delays the picture by twice what it needs, and for long. Players show pictures at once
// while the maximum is at most 500 ms and the minimum 0.
inline constexpr uint16_t kMaxPlayoutDelay10Ms = 6;

// Fixed header and the largest extension block: 4 + mid 17 + transport-cc 3 + playout-delay 4 +
// capture time 9, padded to 40.
inline constexpr size_t kMaxRtpHeaderBytes = kRtpHeaderBytes + 40;
// Header of an ordinary media packet: the extension block holds transport-cc alone.
inline constexpr size_t kMediaRtpHeaderBytes = kRtpHeaderBytes + 8;

struct RtpHeader {
  bool marker = false;
  bool padding = false;
  uint8_t payload_type = 0;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  uint32_t ssrc = 0;
};

// Negotiated ids, 1..14; 0: not negotiated.
struct RtpExtensionIds {
  uint8_t mid = 0;
  uint8_t transport_cc = 0;
  uint8_t playout_delay = 0;
  uint8_t capture_time = 0;
};

// What one packet carries. A value whose id was not negotiated is left out.
struct RtpExtensions {
  std::optional<uint16_t> transport_cc;
  bool least_playout_delay = false;  // playout-delay from 0 to kMaxPlayoutDelay10Ms
  std::optional<NtpTime> capture_time;
  std::string_view mid;  // up to kMaxMidBytes; empty: none
};

// Writes the header and, when it has elements, the extension block; returns the bytes written, a
// multiple of 4 and at most kMaxRtpHeaderBytes, which `out` must hold.
size_t write_rtp_header(const RtpHeader& header, const RtpExtensionIds& ids,
                        const RtpExtensions& extensions, uint8_t* out);

// A packet as it came, without encryption. Spans point into the packet.
struct RtpPacketView {
  RtpHeader header;
  size_t header_bytes = 0;         // with CSRCs and extension block
  uint16_t extension_profile = 0;  // 0xBEDE for one-byte elements; 0 when there is no block
  ByteSpan extension;              // the block's elements
  ByteSpan payload;                // without padding
  uint8_t padding_bytes = 0;
};
Parsed<RtpPacketView> read_rtp(ByteSpan packet);
// Only the header, for packets whose payload is still encrypted; payload is all that follows.
Parsed<RtpPacketView> read_rtp_header(ByteSpan packet);

// The data of the first element with this id in a block of one-byte elements.
std::optional<ByteSpan> find_rtp_extension(const RtpPacketView& packet, uint8_t id);
// All elements that are known by id; elements of a wrong length are ignored.
RtpExtensions read_rtp_extensions(const RtpPacketView& packet, const RtpExtensionIds& ids);

}  // namespace longmen
