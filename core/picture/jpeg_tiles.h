// One large JPEG of many small ones, without decoding any of them: a tile is encoded so that each
// row of its blocks is a restart interval (DRI = its width in MCUs), at whose beginning a decoder
// knows nothing of what was before. So the rows of tiles that stand beside each other can be put
// one after the other, the restart markers counted anew, and the sheet's size written into the
// header. A place without a tile is grey. Tiles of one sheet have the same header: tables, size,
// sampling. Bounds: kMaxTileBytes, kMaxSheetSide; sides of a tile are multiples of 16. Pure.
// Source: ITU-T T.81 §A.2, §B.2, §E.1.4, §F.1.2, Annex K.3 (its tables are those of a grey row).
#pragma once

#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen {

inline constexpr int kTileMcu = 16;  // 4:2:0
inline constexpr size_t kMaxTileBytes = 128 << 10;
inline constexpr int kMaxSheetSide = 4096;

struct TileSize {
  int width = 0;
  int height = 0;
  bool operator==(const TileSize&) const = default;
};

// What a tile consists of; spans point into the caller's bytes.
struct JpegTile {
  TileSize size;
  ByteSpan header;             // SOI to SOS
  size_t size_at = 0;          // in the header, of the frame's height
  std::vector<ByteSpan> rows;  // of entropy-coded blocks, size.height / kTileMcu
};
// kTruncated, kTooLarge, kMalformed; kUnsupported: a JPEG of another kind than make-stills writes.
Parsed<JpegTile> read_jpeg_tile(ByteSpan jpeg);

// `tiles`: row after row of the sheet, null where there is none, also one with another header than
// the first. Empty: there is no tile at all, or they are not columns x rows, or the sheet is too
// large.
Bytes join_jpeg_tiles(const std::vector<const JpegTile*>& tiles, int columns, int rows);

}  // namespace longmen
