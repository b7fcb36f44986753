// What a server must know of an Opus packet: how long it lasts. Nothing is decoded.
// Source: RFC 6716 §3.1 (TOC byte), §3.2 (frame counts; R1, R3, R5).
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/time/media_time.h"

namespace longmen::opus {

inline constexpr Samples48k kMaxPacketDuration{5760};  // 120 ms, RFC 6716 R5

// Samples at 48 kHz: 120 (2.5 ms) to 5760 (120 ms).
Parsed<Samples48k> packet_duration(ByteSpan packet);
// True when the TOC says two channels.
Parsed<bool> is_stereo(ByteSpan packet);

}  // namespace longmen::opus
