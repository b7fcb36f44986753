// A still as baseline JPEG whose rows of blocks are restart intervals, so that sheets can be put
// together of many without decoding them (core/picture/jpeg_tiles.h), with what it looks like. Its
// tables are always the same ones. Ends the process when there is no memory, as libjpeg does.
#pragma once

#include "core/recording/still_pack.h"

namespace longmen {

// `rgb`: size.height rows of `stride` bytes, of which size.width x 3 are the picture's.
Bytes encode_still(const uint8_t* rgb, size_t stride, TileSize size, int quality);
recording::StillLook look_of(const uint8_t* rgb, size_t stride, TileSize size);

}  // namespace longmen
