#include "core/picture/png_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace longmen {
namespace {

constexpr std::array<uint8_t, 8> kPngSignature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr size_t kIhdrBytes = 13;
constexpr size_t kPngChunkBytes = 12;  // length, type and CRC

// PNG §D: reflected, polynomial 0xEDB88320.
constexpr std::array<uint32_t, 256> kPngCrcTable = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < table.size(); ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc & 1) != 0 ? 0xEDB88320U ^ (crc >> 1) : crc >> 1;
    table[byte] = crc;
  }
  return table;
}();

uint32_t png_crc_of(ByteSpan bytes) {
  uint32_t crc = 0xFFFFFFFF;
  for (const uint8_t byte : bytes)
    crc = kPngCrcTable[(crc ^ byte) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

bool known_png_depth(uint8_t colour_type, uint8_t depth) {
  switch (colour_type) {
    case 0:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case 3:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case 2:
    case 4:
    case 6:
      return depth == 8 || depth == 16;
    default:
      return false;
  }
}

Result<PngHeader> read_ihdr(ByteSpan data) {
  ByteReader reader(data);
  PngHeader header;
  header.width = reader.u32();
  header.height = reader.u32();
  const uint8_t depth = reader.u8(), colour_type = reader.u8();
  const uint8_t compression = reader.u8(), filter = reader.u8(), interlace = reader.u8();
  if (header.width == 0 || header.height == 0 || header.width > kMaxPngSide ||
      header.height > kMaxPngSide) {
    return fail(fmt::format("it is {} x {} pixels, and 1 to {} each way are allowed", header.width,
                            header.height, kMaxPngSide));
  }
  if (!known_png_depth(colour_type, depth) || compression != 0 || filter != 0 || interlace > 1)
    return fail("its header is malformed");
  header.has_alpha = colour_type == 4 || colour_type == 6;
  return header;
}

}  // namespace

Result<PngHeader> read_png_header(ByteSpan png) {
  if (png.size() > kMaxPngBytes)
    return fail(fmt::format("it has {} bytes, and {} are allowed", png.size(), kMaxPngBytes));
  if (png.size() < kPngSignature.size() ||
      !std::equal(kPngSignature.begin(), kPngSignature.end(), png.begin()))
    return fail("it is no PNG");
  PngHeader header;
  bool has_header = false, has_pixels = false;
  for (ByteSpan rest = png.subspan(kPngSignature.size());;) {
    if (rest.size() < kPngChunkBytes) return fail("it is cut short");
    ByteReader reader(rest);
    const size_t length = reader.u32();
    if (length > rest.size() - kPngChunkBytes) return fail("it is cut short");
    const std::string_view type(reinterpret_cast<const char*>(rest.data()) + 4, 4);
    const ByteSpan data = rest.subspan(8, length);
    if (ByteReader(rest.subspan(8 + length)).u32() != png_crc_of(rest.subspan(4, 4 + length)))
      return fail("it is damaged: a checksum is wrong");
    if (has_header == (type == "IHDR")) return fail("its header is malformed");
    if (type == "IHDR") {
      if (length != kIhdrBytes) return fail("its header is malformed");
      const auto read = read_ihdr(data);
      if (!read) return read;
      header = *read;
      has_header = true;
    } else if (type == "tRNS") {
      header.has_alpha = true;
    } else if (type == "IDAT") {
      has_pixels = true;
    } else if (type == "IEND") {
      if (!has_pixels) return fail("it has no pixels");
      return header;
    }
    rest = rest.subspan(kPngChunkBytes + length);
  }
}

}  // namespace longmen
