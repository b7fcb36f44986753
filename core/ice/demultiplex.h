// What a datagram on the media port is, by its first two bytes (RFC 7983 §7, RFC 5761 §4). Nothing
// else is checked.
#pragma once

#include "core/base/bytes.h"

namespace longmen {

enum class DatagramKind : uint8_t { kUnknown, kStun, kDtls, kRtp, kRtcp };

constexpr DatagramKind classify_datagram(ByteSpan datagram) {
  if (datagram.size() < 2) return DatagramKind::kUnknown;
  const uint8_t first = datagram[0];
  if (first <= 3) return DatagramKind::kStun;
  if (first >= 20 && first <= 63) return DatagramKind::kDtls;
  if (first < 128 || first > 191) return DatagramKind::kUnknown;
  // RTCP packet types 192..223 are what RTP payload types 64..95 with the marker bit would be.
  const uint8_t second = datagram[1];
  return second >= 192 && second <= 223 ? DatagramKind::kRtcp : DatagramKind::kRtp;
}

}  // namespace longmen
