// Bits a second on the wire: RTP, its encryption, UDP and IP. An estimate, so a floating-point
// number; never negative.
#pragma once

#include <algorithm>
#include <chrono>
#include <compare>
#include <cstddef>

namespace longmen {

struct Bitrate {
  double bps = 0;
  auto operator<=>(const Bitrate&) const = default;
};

constexpr Bitrate operator*(Bitrate rate, double factor) {
  return Bitrate{rate.bps * factor};
}
constexpr Bitrate operator+(Bitrate a, Bitrate b) {
  return Bitrate{a.bps + b.bps};
}
constexpr Bitrate operator-(Bitrate a, Bitrate b) {
  return Bitrate{std::max(0.0, a.bps - b.bps)};
}
constexpr Bitrate kbps(double value) {
  return Bitrate{value * 1000};
}

// IPv4 and UDP; what thin links count besides the payload.
inline constexpr size_t kDatagramOverheadBytes = 28;

constexpr double to_seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}
constexpr std::chrono::nanoseconds from_seconds(double seconds) {
  return std::chrono::nanoseconds(static_cast<int64_t>(seconds * 1e9));
}
// How long a link of this rate (above 0) is busy with so many bytes; at most an hour.
constexpr std::chrono::nanoseconds time_to_send(double bytes, Bitrate rate) {
  return from_seconds(std::min(3600.0, bytes * 8 / rate.bps));
}

}  // namespace longmen
