// The test programme's marker: a frame counter and the instant at which the picture was made,
// painted as cells of luma, so that anyone can measure frames and latency from pixels alone, at
// any rendition. Two rows of 64 cells along the top edge; a cell is width/64 wide and height/36
// high, the most significant bit is first, luma above 128 is 1:
//   row 1:  0xA5 | 48-bit frame counter      | CRC-8 of the seven bytes before
//   row 2:  0x5A | 48-bit epoch milliseconds | CRC-8 likewise
// CRC-8 has polynomial 0x07 and initial value 0. Knows nothing of chroma, files or clocks; pure.
// This layout is a public contract: other people's tools read it.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"

namespace longmen {

inline constexpr int kMarkerColumns = 64;
inline constexpr int kMarkerRows = 2;
inline constexpr int kMarkerRowsOfPicture = 36;  // a cell is this part of the picture's height

// Below this a cell is thinner than a pixel: nothing is painted or read.
inline constexpr int kMinMarkerWidth = kMarkerColumns;
inline constexpr int kMinMarkerHeight = kMarkerRowsOfPicture;

struct Marker {
  uint64_t counter = 0;   // 48 bits; higher ones are not painted
  uint64_t epoch_ms = 0;  // 48 bits
  bool operator==(const Marker&) const = default;
};

template <class Byte>
struct BasicLumaPlane {
  Byte* data = nullptr;
  int width = 0;
  int height = 0;
  int stride_bytes = 0;  // >= width
};
using LumaPlane = BasicLumaPlane<uint8_t>;
using ConstLumaPlane = BasicLumaPlane<const uint8_t>;

// First pixel row below the marker: where a caller stops making chroma neutral.
constexpr int marker_height(int picture_height) {
  return kMarkerRows * picture_height / kMarkerRowsOfPicture;
}

void paint_marker(const Marker& marker, LumaPlane plane);

// Nothing when either row's first byte or CRC is wrong. Each cell is judged by the mean of its
// inner half, so scaling, compression noise and a pixel of displacement do no harm.
std::optional<Marker> read_marker(ConstLumaPlane plane);

uint8_t crc8(ByteSpan bytes);

}  // namespace longmen
