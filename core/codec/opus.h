// What a server must know of an Opus packet: how long it lasts, and how two become one. Nothing is
// decoded. Source: RFC 6716 §3.1 (TOC byte), §3.2 (frame counts and lengths; R1, R2, R3, R5).
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

inline constexpr size_t kMaxFrameBytes = 1275;  // R2
// Appends to `out` one packet that lasts as long as both: their frames under one TOC. Each has one
// frame, and their TOCs are the same (mode, bandwidth, duration, channels): else kUnsupported.
Parsed<void> join(ByteSpan first, ByteSpan second, Bytes& out);

}  // namespace longmen::opus
