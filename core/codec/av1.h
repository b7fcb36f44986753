// What a server must read of AV1: which OBUs a temporal unit has, in the low-overhead format. Pure.
// Source: AV1 Bitstream & Decoding Process Specification §5.3, §6.2.2; AV1 Codec ISO Media File
// Format Binding §2.3.
#pragma once

#include <optional>

#include "core/base/bytes.h"

namespace longmen::av1 {

inline constexpr uint8_t kSequenceHeader = 1, kTemporalDelimiter = 2;
inline constexpr size_t kConfigurationHeaderBytes = 4;  // of an av1C; its OBUs follow
inline constexpr uint8_t kMarkerAndVersion = 0x81;      // its first byte

struct Obu {
  uint8_t type = 0;
  size_t bytes = 0;  // with its header
};

// |0|type 4|extension 1|has size 1|0|, [extension 8], [size, leb128], payload
// The first of a unit; without a size it is all of it. Nothing: it does not fit.
inline std::optional<Obu> first_obu(ByteSpan unit) {
  ByteReader reader(unit);
  const uint8_t header = reader.u8();
  if (header & 4) reader.skip(1);
  uint64_t size = reader.remaining();
  if (header & 2) {
    size = 0;
    for (int i = 0; i < 8; ++i) {
      const uint8_t byte = reader.u8();
      size |= uint64_t{byte & 0x7Fu} << (7 * i);
      if (!(byte & 0x80)) break;
    }
  }
  if (!reader.ok() || size > reader.remaining()) return std::nullopt;
  return Obu{static_cast<uint8_t>(header >> 3 & 15), reader.position() + static_cast<size_t>(size)};
}

inline bool has_sequence_header(ByteSpan unit) {
  while (!unit.empty()) {
    const auto obu = first_obu(unit);
    if (!obu) return false;
    if (obu->type == kSequenceHeader) return true;
    unit = unit.subspan(obu->bytes);
  }
  return false;
}

}  // namespace longmen::av1
