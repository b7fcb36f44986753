// What a server must read of H.265: NAL unit types. Pure. Source: ITU-T H.265 §7.4.2.2, Annex B.
#pragma once

#include "core/base/bytes.h"

namespace longmen::h265 {

inline constexpr uint8_t kFirstIrap = 16, kLastIrap = 23;  // pictures that a decoder can begin with
inline constexpr uint8_t kVps = 32, kSps = 33, kPps = 34;
inline constexpr uint8_t kAggregation = 48;    // RFC 7798 §4.4.2
inline constexpr uint8_t kFragmentation = 49;  // RFC 7798 §4.4.3
inline constexpr size_t kNalHeaderBytes = 2;

// Of the first byte of a NAL unit.
constexpr uint8_t nal_type(uint8_t first) {
  return first >> 1 & 0x3F;
}

// Whether there is a NAL unit, behind a start code, of an IRAP picture.
inline bool has_irap(ByteSpan annex_b) {
  for (size_t i = 0; i + 3 < annex_b.size(); ++i) {
    const bool begins = annex_b[i] == 0 && annex_b[i + 1] == 0 && annex_b[i + 2] == 1;
    const uint8_t byte = annex_b[i + 3];
    if (begins && !(byte & 0x80) && nal_type(byte) >= kFirstIrap && nal_type(byte) <= kLastIrap)
      return true;
  }
  return false;
}

}  // namespace longmen::h265
