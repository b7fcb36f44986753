#include "core/picture/jpeg_tiles.h"

#include <algorithm>
#include <array>

namespace longmen {
namespace {

constexpr uint8_t kMark = 0xFF;
constexpr uint8_t kSoi = 0xD8, kEoi = 0xD9, kSos = 0xDA, kDri = 0xDD, kSof0 = 0xC0;
constexpr uint8_t kRst0 = 0xD0, kRst7 = 0xD7;
constexpr uint8_t kDac = 0xCC, kDht = 0xC4, kJpg = 0xC8, kSof15 = 0xCF;
// SOF0: precision, height, width, and of each of three components id, sampling, table.
constexpr size_t kFrameBytes = 15;
constexpr std::array<uint8_t, 3> kSampling{0x22, 0x11, 0x11};
// An MCU without any difference to what is before it: four blocks of luminance, each category 0
// (00) and EOB (1010), two of chrominance, each 00 and 00.
constexpr std::array<uint8_t, 4> kGreyMcu{0x28, 0xA2, 0x8A, 0x00};

bool is_restart(uint8_t marker) {
  return marker >= kRst0 && marker <= kRst7;
}
// Another process than baseline sequential Huffman.
bool is_other_frame(uint8_t marker) {
  return marker > kSof0 && marker <= kSof15 && marker != kDht && marker != kJpg && marker != kDac;
}

bool read_frame(ByteSpan body, TileSize& size) {
  if (body.size() != kFrameBytes) return false;
  ByteReader reader(body);
  const uint8_t precision = reader.u8();
  size.height = reader.u16();
  size.width = reader.u16();
  if (precision != 8 || reader.u8() != kSampling.size()) return false;
  for (const uint8_t sampling : kSampling) {
    reader.skip(1);
    if (reader.u8() != sampling) return false;
    reader.skip(1);
  }
  const auto fits = [](int side) {
    return side > 0 && side <= kMaxSheetSide && side % kTileMcu == 0;
  };
  return fits(size.width) && fits(size.height);
}

// The entropy-coded rows from `at` on, to EOI.
Parsed<std::vector<ByteSpan>> read_rows(ByteSpan jpeg, size_t at, size_t count) {
  std::vector<ByteSpan> rows;
  size_t begin = at;
  for (; at + 1 < jpeg.size(); ++at) {
    if (jpeg[at] != kMark || jpeg[at + 1] == 0) continue;
    const uint8_t marker = jpeg[at + 1];
    if (!is_restart(marker) && marker != kEoi) return drop(DropReason::kMalformed);
    rows.push_back(jpeg.subspan(begin, at - begin));
    if (rows.size() > count || rows.back().empty()) return drop(DropReason::kMalformed);
    if (marker == kEoi) {
      if (rows.size() != count) return drop(DropReason::kMalformed);
      return rows;
    }
    if (marker != kRst0 + (rows.size() - 1) % 8) return drop(DropReason::kMalformed);
    begin = at + 2;
    ++at;
  }
  return drop(DropReason::kTruncated);
}

void append_grey_row(Bytes& out, int mcus) {
  for (int i = 0; i < mcus; ++i)
    out.insert(out.end(), kGreyMcu.begin(), kGreyMcu.end());
}

}  // namespace

Parsed<JpegTile> read_jpeg_tile(ByteSpan jpeg) {
  if (jpeg.size() > kMaxTileBytes) return drop(DropReason::kTooLarge);
  ByteReader reader(jpeg);
  if (reader.u8() != kMark || reader.u8() != kSoi) return drop(DropReason::kMalformed);
  JpegTile tile;
  int restart_mcus = 0;
  for (;;) {
    if (reader.remaining() < 4) return drop(DropReason::kTruncated);
    if (reader.u8() != kMark) return drop(DropReason::kMalformed);
    const uint8_t marker = reader.u8();
    if (is_other_frame(marker)) return drop(DropReason::kUnsupported);
    const size_t bytes = reader.u16();
    const size_t body_at = reader.position();
    if (bytes < 2) return drop(DropReason::kMalformed);
    const ByteSpan body = reader.take(bytes - 2);
    if (!reader.ok()) return drop(DropReason::kTruncated);
    if (marker == kSof0) {
      if (tile.size_at != 0 || !read_frame(body, tile.size)) return drop(DropReason::kUnsupported);
      tile.size_at = body_at + 1;
    }
    if (marker == kDri && body.size() == 2) restart_mcus = body[0] << 8 | body[1];
    if (marker == kSos) break;
  }
  if (tile.size_at == 0 || restart_mcus != tile.size.width / kTileMcu)
    return drop(DropReason::kUnsupported);
  tile.header = jpeg.first(reader.position());
  auto rows = read_rows(jpeg, reader.position(), static_cast<size_t>(tile.size.height / kTileMcu));
  if (!rows) return tl::unexpected(rows.error());
  tile.rows = std::move(*rows);
  return tile;
}

Bytes join_jpeg_tiles(const std::vector<const JpegTile*>& tiles, int columns, int rows) {
  const auto first = std::ranges::find_if(tiles, [](const JpegTile* tile) { return tile; });
  if (first == tiles.end() || columns <= 0 || rows <= 0 ||
      tiles.size() != static_cast<size_t>(columns) * static_cast<size_t>(rows))
    return {};
  const JpegTile& model = **first;
  const int width = model.size.width * columns, height = model.size.height * rows;
  if (width > kMaxSheetSide || height > kMaxSheetSide) return {};
  Bytes sheet(model.header.begin(), model.header.end());
  sheet[model.size_at] = static_cast<uint8_t>(height >> 8);
  sheet[model.size_at + 1] = static_cast<uint8_t>(height);
  sheet[model.size_at + 2] = static_cast<uint8_t>(width >> 8);
  sheet[model.size_at + 3] = static_cast<uint8_t>(width);
  const int mcus = model.size.width / kTileMcu;
  size_t intervals = 0;
  for (int row = 0; row < rows; ++row) {
    for (size_t line = 0; line < model.rows.size(); ++line) {
      for (int column = 0; column < columns; ++column) {
        if (intervals > 0) {
          sheet.push_back(kMark);
          sheet.push_back(static_cast<uint8_t>(kRst0 + (intervals - 1) % 8));
        }
        ++intervals;
        const JpegTile* tile = tiles[static_cast<size_t>(row * columns + column)];
        if (tile && std::ranges::equal(tile->header, model.header))
          sheet.insert(sheet.end(), tile->rows[line].begin(), tile->rows[line].end());
        else
          append_grey_row(sheet, mcus);
      }
    }
  }
  sheet.push_back(kMark);
  sheet.push_back(kEoi);
  return sheet;
}

}  // namespace longmen
