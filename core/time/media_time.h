// Units of time. MediaTime is an instant on the channel-wide media clock: flicks since the Unix
// epoch, signed 64-bit (good until the year 2383). A flick is 1/705,600,000 s; it divides 90 kHz,
// 48 kHz, 44.1 kHz, every frame rate in use (also 30000/1001) and the millisecond, so every grid
// point is exact and no rounding ever accumulates. Monotonic is an instant of CLOCK_MONOTONIC.
// Nothing here reads a clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace longmen {

using Flicks = std::chrono::duration<int64_t, std::ratio<1, 705'600'000>>;
using Ticks90k = std::chrono::duration<int64_t, std::ratio<1, 90'000>>;
using Samples48k = std::chrono::duration<int64_t, std::ratio<1, 48'000>>;

// Tag of the media clock's instants; it cannot be read, only derived (core/time/media_clock.h).
struct MediaEpoch {
  using duration = Flicks;
  using rep = Flicks::rep;
  using period = Flicks::period;
};
using MediaTime = std::chrono::time_point<MediaEpoch, Flicks>;
using Monotonic = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

// Nearest flick at or before; exact arithmetic (7056/10000 of a nanosecond).
constexpr Flicks floor_flicks(std::chrono::nanoseconds ns) {
  const __int128 scaled = static_cast<__int128>(ns.count()) * 7056;
  __int128 quotient = scaled / 10000;
  if (scaled % 10000 < 0) --quotient;
  return Flicks(static_cast<int64_t>(quotient));
}

constexpr std::chrono::nanoseconds floor_nanoseconds(Flicks flicks) {
  const __int128 scaled = static_cast<__int128>(flicks.count()) * 10000;
  __int128 quotient = scaled / 7056;
  if (scaled % 7056 < 0) --quotient;
  return std::chrono::nanoseconds(static_cast<int64_t>(quotient));
}

}  // namespace longmen
