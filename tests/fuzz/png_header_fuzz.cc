// What somebody uploads as a logo.
#include <cstdint>

#include "core/picture/png_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto header = longmen::read_png_header({data, size});
  if (header && (header->width == 0 || header->width > longmen::kMaxPngSide)) __builtin_trap();
  return 0;
}
