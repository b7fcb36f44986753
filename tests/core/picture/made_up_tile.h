// A tile as make-stills writes it, but for its tables and blocks, which nobody here decodes: `fill`
// is what its rows consist of.
#pragma once

#include "core/picture/jpeg_tiles.h"

namespace longmen::test {

inline Bytes made_up_tile(TileSize size, uint8_t fill) {
  Bytes jpeg;
  ByteWriter writer(jpeg);
  writer.u16(0xFFD8);
  writer.u16(0xFFC0);  // SOF0
  writer.u16(17);
  writer.u8(8);
  writer.u16(static_cast<uint64_t>(size.height));
  writer.u16(static_cast<uint64_t>(size.width));
  writer.u8(3);
  for (const uint64_t component : {0x012200, 0x021101, 0x031101})
    writer.u24(component);
  writer.u16(0xFFDD);  // DRI
  writer.u16(4);
  writer.u16(static_cast<uint64_t>(size.width / kTileMcu));
  writer.u16(0xFFDA);  // SOS
  writer.u16(2);
  for (int row = 0; row < size.height / kTileMcu; ++row) {
    if (row > 0) writer.u16(static_cast<uint64_t>(0xFFD0 + (row - 1) % 8));
    writer.u8(fill);
    writer.u16(0xFF00);  // a byte of data that looks like a marker
  }
  writer.u16(0xFFD9);
  return jpeg;
}

}  // namespace longmen::test
