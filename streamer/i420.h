// A picture in I420 and the few ways of drawing that a moving test picture needs: filled
// rectangles and masks (letters, dots) blended with one colour. Colours are BT.709, limited range.
// Everything is clipped to the picture. It allocates nothing; the pixels belong to the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/media/marker.h"

namespace longmen {

struct Yuv {
  uint8_t y = 16;
  uint8_t u = 128;
  uint8_t v = 128;
};
Yuv yuv_from_rgb(int red, int green, int blue);  // each 0..255

// Strides and plane offsets as GStreamer has them by default for I420.
struct I420Layout {
  int width = 0;
  int height = 0;

  int luma_stride() const { return (width + 3) / 4 * 4; }
  int chroma_stride() const { return ((width + 1) / 2 + 3) / 4 * 4; }
  int chroma_height() const { return (height + 1) / 2; }
  size_t luma_bytes() const {
    return static_cast<size_t>(luma_stride()) * static_cast<size_t>((height + 1) / 2 * 2);
  }
  size_t chroma_bytes() const {
    return static_cast<size_t>(chroma_stride()) * static_cast<size_t>(chroma_height());
  }
  size_t bytes() const { return luma_bytes() + 2 * chroma_bytes(); }
};

struct I420View {
  I420Layout layout;
  uint8_t* y = nullptr;
  uint8_t* u = nullptr;
  uint8_t* v = nullptr;

  I420View(const I420Layout& of, uint8_t* pixels)
      : layout(of),
        y(pixels),
        u(pixels + of.luma_bytes()),
        v(pixels + of.luma_bytes() + of.chroma_bytes()) {}
  LumaPlane luma() const { return {y, layout.width, layout.height, layout.luma_stride()}; }
};

// Coverage of each pixel, 0 to 255.
struct AlphaMask {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> alpha;
};

void fill_rectangle(const I420View& view, int x, int y, int width, int height, Yuv colour);
// `opacity` 0..256.
void blend_mask(const I420View& view, const AlphaMask& mask, int x, int y, Yuv colour,
                int opacity = 256);
// The marker with neutral chroma under it.
void draw_marker(const I420View& view, const Marker& marker);

}  // namespace longmen
