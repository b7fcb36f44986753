// A rectangle that is laid over a picture in I420: what it adds and how much it keeps of what is
// below, for each pixel of each plane, made once, so that laying it over costs a multiplication a
// byte and touches nothing outside it. Chroma is that of four pixels together, weighted by how much
// they cover. It knows no letters and no places. Colours are BT.709, limited range.
// Constant once made; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "streamer/i420.h"

namespace longmen {

struct PicturePlanes {
  uint8_t* y = nullptr;
  uint8_t* u = nullptr;
  uint8_t* v = nullptr;
  ptrdiff_t luma_stride = 0;
  ptrdiff_t chroma_stride = 0;
  int width = 0, height = 0;
};

class OverlayPatch {
 public:
  OverlayPatch() = default;
  // Premultiplied 0xAARRGGBB, `stride` bytes a line, as Cairo's ARGB32; put at (x, y) in a picture
  // of that size, of which it is clipped to what lies inside; rounded down to even places.
  // `opacity` 0..1 on top of its own.
  static OverlayPatch make(const uint8_t* argb, int width, int height, ptrdiff_t stride, int x,
                           int y, double opacity, int picture_width, int picture_height);

  void lay_over(const PicturePlanes& picture) const;

  bool empty() const { return width_ == 0 || height_ == 0; }
  int x() const { return x_; }
  int y() const { return y_; }
  int width() const { return width_; }
  int height() const { return height_; }

 private:
  int x_ = 0, y_ = 0, width_ = 0, height_ = 0;  // even
  std::vector<uint8_t> y_added_, y_kept_;
  std::vector<uint8_t> u_added_, v_added_, chroma_kept_;
};

}  // namespace longmen
