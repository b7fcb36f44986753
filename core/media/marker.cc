#include "core/media/marker.h"

#include <algorithm>
#include <array>

namespace longmen {
namespace {

constexpr uint8_t kCounterRow = 0xA5;
constexpr uint8_t kTimeRow = 0x5A;
constexpr uint8_t kBlackLuma = 16;
constexpr uint8_t kWhiteLuma = 235;
constexpr uint64_t k48Bits = (uint64_t{1} << 48) - 1;

struct Span {
  int begin;
  int end;
};

// Cell edges at exact fractions of the picture, as a scaler would move them.
Span column(const int width, int index) {
  return {index * width / kMarkerColumns, (index + 1) * width / kMarkerColumns};
}
Span row(const int height, int index) {
  return {index * height / kMarkerRowsOfPicture, (index + 1) * height / kMarkerRowsOfPicture};
}
Span inner_half(Span span) {
  const int margin = (span.end - span.begin) / 4;
  return {span.begin + margin, span.end - margin};
}

uint64_t row_bits(uint8_t first, uint64_t value) {
  const uint64_t head = uint64_t{first} << 48 | (value & k48Bits);
  std::array<uint8_t, 7> bytes;
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<uint8_t>(head >> (8 * (6 - i)));
  return head << 8 | crc8(bytes);
}

void paint_row(uint64_t bits, int index, LumaPlane plane) {
  const Span lines = row(plane.height, index);
  uint8_t* first = plane.data + static_cast<ptrdiff_t>(lines.begin) * plane.stride_bytes;
  for (int cell = 0; cell < kMarkerColumns; ++cell) {
    const Span pixels = column(plane.width, cell);
    const bool one = bits >> (kMarkerColumns - 1 - cell) & 1;
    std::fill(first + pixels.begin, first + pixels.end, one ? kWhiteLuma : kBlackLuma);
  }
  for (int line = lines.begin + 1; line < lines.end; ++line) {
    std::copy_n(first, plane.width, plane.data + static_cast<ptrdiff_t>(line) * plane.stride_bytes);
  }
}

bool read_cell(ConstLumaPlane plane, Span lines, Span pixels) {
  uint64_t sum = 0;
  for (int line = lines.begin; line < lines.end; ++line) {
    const uint8_t* luma = plane.data + static_cast<ptrdiff_t>(line) * plane.stride_bytes;
    for (int pixel = pixels.begin; pixel < pixels.end; ++pixel)
      sum += luma[pixel];
  }
  const auto count = static_cast<uint64_t>(lines.end - lines.begin) *
                     static_cast<uint64_t>(pixels.end - pixels.begin);
  return sum > 128 * count;
}

std::optional<uint64_t> read_row(ConstLumaPlane plane, int index, uint8_t first) {
  const Span lines = inner_half(row(plane.height, index));
  uint64_t bits = 0;
  for (int cell = 0; cell < kMarkerColumns; ++cell) {
    bits = bits << 1 | (read_cell(plane, lines, inner_half(column(plane.width, cell))) ? 1 : 0);
  }
  const uint64_t value = bits >> 8 & k48Bits;
  if (bits != row_bits(first, value)) return std::nullopt;
  return value;
}

}  // namespace

uint8_t crc8(ByteSpan bytes) {
  constexpr unsigned kPolynomial = 0x07;
  unsigned crc = 0;
  for (uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = crc & 0x80 ? (crc << 1 ^ kPolynomial) & 0xFF : crc << 1;
  }
  return static_cast<uint8_t>(crc);
}

void paint_marker(const Marker& marker, LumaPlane plane) {
  if (plane.width < kMinMarkerWidth || plane.height < kMinMarkerHeight) return;
  paint_row(row_bits(kCounterRow, marker.counter), 0, plane);
  paint_row(row_bits(kTimeRow, marker.epoch_ms), 1, plane);
}

std::optional<Marker> read_marker(ConstLumaPlane plane) {
  if (plane.width < kMinMarkerWidth || plane.height < kMinMarkerHeight) return std::nullopt;
  const auto counter = read_row(plane, 0, kCounterRow);
  if (!counter) return std::nullopt;
  const auto epoch_ms = read_row(plane, 1, kTimeRow);
  if (!epoch_ms) return std::nullopt;
  return Marker{*counter, *epoch_ms};
}

}  // namespace longmen
