// NTP timestamps of RTCP (RFC 3550 §4): seconds since 1900 in 32.32 fixed point, derived from the
// media clock. The era wraps in 2036; differences are taken modulo and stay right.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

#include "core/time/media_time.h"

namespace longmen {

struct NtpTime {
  uint64_t value = 0;
  auto operator<=>(const NtpTime&) const = default;

  constexpr uint32_t seconds() const { return static_cast<uint32_t>(value >> 32); }
  constexpr uint32_t fraction() const { return static_cast<uint32_t>(value); }
  // The middle 32 bits, as LSR and DLSR count: units of 1/65536 s.
  constexpr uint32_t compact() const { return static_cast<uint32_t>(value >> 16); }
};

inline constexpr uint64_t kSecondsFrom1900To1970 = 2'208'988'800;

// Fraction rounded down. `time` is not before 1970.
constexpr NtpTime to_ntp(MediaTime time) {
  constexpr uint64_t kFlicksPerSecond = Flicks::period::den;
  const uint64_t flicks = static_cast<uint64_t>(time.time_since_epoch().count());
  const uint64_t seconds = flicks / kFlicksPerSecond + kSecondsFrom1900To1970;
  const uint64_t rest = flicks % kFlicksPerSecond;  // below 2^30: the shift fits
  return NtpTime{seconds << 32 | (rest << 32) / kFlicksPerSecond};
}

// Units of 1/65536 s, to nanoseconds.
constexpr std::chrono::nanoseconds from_compact_ntp(uint32_t compact) {
  return std::chrono::nanoseconds((static_cast<uint64_t>(compact) * 1'000'000'000) >> 16);
}

}  // namespace longmen
