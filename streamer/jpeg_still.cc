#include "streamer/jpeg_still.h"

#include <jpeglib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace longmen {

Bytes encode_still(const uint8_t* rgb, size_t stride, TileSize size, int quality) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* memory = nullptr;
  unsigned long bytes = 0;
  jpeg_mem_dest(&jpeg, &memory, &bytes);
  jpeg.image_width = static_cast<JDIMENSION>(size.width);
  jpeg.image_height = static_cast<JDIMENSION>(size.height);
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);  // 4:2:0, the tables of Annex K
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg.restart_interval = static_cast<unsigned>(size.width / kTileMcu);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    // libjpeg's type has no const; it only reads.
    auto* row = const_cast<JSAMPROW>(rgb + jpeg.next_scanline * stride);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  Bytes written(memory, memory + bytes);
  std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc): jpeg_mem_dest's
  return written;
}

recording::StillLook look_of(const uint8_t* rgb, size_t stride, TileSize size) {
  double sum = 0, squares = 0;
  for (int y = 0; y < size.height; ++y) {
    const uint8_t* at = rgb + static_cast<size_t>(y) * stride;
    for (int x = 0; x < size.width; ++x, at += 3) {
      const double luma = 0.299 * at[0] + 0.587 * at[1] + 0.114 * at[2];
      sum += luma;
      squares += luma * luma;
    }
  }
  const double count = static_cast<double>(size.width) * size.height;
  const double mean = sum / count;
  const double deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
  return {static_cast<uint8_t>(mean), static_cast<uint8_t>(deviation)};
}

}  // namespace longmen
