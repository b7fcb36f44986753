// What a PNG says of itself, read before a decoder is given it: its size in pixels, and that its
// chunks are whole, of which none is larger than the file. It decodes nothing. Bounds:
// kMaxPngBytes, kMaxPngSide. Pure. Source: PNG (Third Edition) §5 (chunk layout, CRC), §11.2.1
// (IHDR).
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen {

inline constexpr size_t kMaxPngBytes = 512 << 10;
inline constexpr uint32_t kMaxPngSide = 2048;

struct PngHeader {
  uint32_t width = 0;   // 1..kMaxPngSide
  uint32_t height = 0;  // likewise
  bool has_alpha = false;
};

// The words say what is wrong with it, for whoever sent it.
Result<PngHeader> read_png_header(ByteSpan png);

}  // namespace longmen
