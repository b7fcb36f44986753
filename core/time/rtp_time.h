// Media time as RTP and NTP write it. An RTP timestamp is media time x clock rate mod 2^32, with no
// random offset, so that every generation, node and viewer of a channel counts alike (RFC 3550 §5.1
// recommends an offset against known-plaintext attacks on weak ciphers; SRTP here is AES).
// Rounds down to the tick; points of the frame and audio grids are exact. Knows no stream.
// Source: RFC 3550 §5.1, RFC 5905 §6, abs-capture-time (UQ32.32); docs/TIMELINE.md §3.
#pragma once

#include <cstdint>

#include "core/time/media_time.h"

namespace longmen {

enum class RtpClockRate : uint32_t { kVideo = 90'000, kAudio = 48'000 };

// Ticks since the epoch, not wrapped.
int64_t rtp_ticks(MediaTime time, RtpClockRate rate);
MediaTime media_time_of_ticks(int64_t ticks, RtpClockRate rate);

uint32_t rtp_timestamp(MediaTime time, RtpClockRate rate);
// The instant nearest to `reference` (within 6.6 h at 90 kHz, 12.4 h at 48 kHz) with that
// timestamp.
MediaTime media_time_near(uint32_t timestamp, RtpClockRate rate, MediaTime reference);

// RFC 5905 timestamp format: 32 bits of seconds since 1900 (mod 2^32), 32 bits of fraction. It is
// what sender reports and abs-capture-time carry. No two flicks share one.
uint64_t ntp_timestamp(MediaTime time);
// The middle 32 bits (short format), as receiver reports give back in LSR.
uint32_t ntp_short(MediaTime time);
// The instant nearest to `reference` (within 68 years) with that NTP timestamp; the inverse of
// ntp_timestamp() to the flick.
MediaTime media_time_of_ntp(uint64_t ntp, MediaTime reference);

}  // namespace longmen
