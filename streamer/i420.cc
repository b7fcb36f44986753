#include "streamer/i420.h"

#include <algorithm>
#include <cmath>

namespace longmen {
namespace {

uint8_t blended(uint8_t below, uint8_t above, int weight) {  // weight 0..256
  return static_cast<uint8_t>(below + (((above - below) * weight) >> 8));
}

void fill_plane(uint8_t* plane, int stride, int x, int y, int width, int height, uint8_t value) {
  for (int line = y; line < y + height; ++line)
    std::fill_n(plane + static_cast<ptrdiff_t>(line) * stride + x, std::max(width, 0), value);
}

}  // namespace

Yuv yuv_from_rgb(int red, int green, int blue) {
  const double luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  auto rounded = [](double value) {
    return static_cast<uint8_t>(std::clamp(std::lround(value), 0L, 255L));
  };
  return {rounded(16 + luma * 219 / 255), rounded(128 + (blue - luma) / 1.8556 * 224 / 255),
          rounded(128 + (red - luma) / 1.5748 * 224 / 255)};
}

void fill_rectangle(const I420View& view, int x, int y, int width, int height, Yuv colour) {
  const int right = std::min(x + width, view.layout.width);
  const int bottom = std::min(y + height, view.layout.height);
  x = std::max(x, 0);
  y = std::max(y, 0);
  if (right <= x || bottom <= y) return;
  fill_plane(view.y, view.layout.luma_stride(), x, y, right - x, bottom - y, colour.y);
  const int left_c = x / 2, top_c = y / 2;
  const int width_c = (right + 1) / 2 - left_c, height_c = (bottom + 1) / 2 - top_c;
  fill_plane(view.u, view.layout.chroma_stride(), left_c, top_c, width_c, height_c, colour.u);
  fill_plane(view.v, view.layout.chroma_stride(), left_c, top_c, width_c, height_c, colour.v);
}

void blend_mask(const I420View& view, const AlphaMask& mask, int x, int y, Yuv colour,
                int opacity) {
  const I420Layout& layout = view.layout;
  const int first = std::max(0, -x), end = std::min(mask.width, layout.width - x);
  for (int line = std::max(0, -y); line < std::min(mask.height, layout.height - y); ++line) {
    const uint8_t* alpha = mask.alpha.data() + static_cast<ptrdiff_t>(line) * mask.width;
    uint8_t* luma = view.y + static_cast<ptrdiff_t>(y + line) * layout.luma_stride() + x;
    const bool chroma_line = (y + line) % 2 == 0;
    const ptrdiff_t chroma = static_cast<ptrdiff_t>((y + line) / 2) * layout.chroma_stride();
    for (int pixel = first; pixel < end; ++pixel) {
      if (alpha[pixel] == 0) continue;
      const int weight = ((alpha[pixel] + (alpha[pixel] >> 7)) * opacity) >> 8;
      luma[pixel] = blended(luma[pixel], colour.y, weight);
      if (!chroma_line || (x + pixel) % 2 != 0) continue;
      const ptrdiff_t at = chroma + (x + pixel) / 2;
      view.u[at] = blended(view.u[at], colour.u, weight);
      view.v[at] = blended(view.v[at], colour.v, weight);
    }
  }
}

void draw_marker(const I420View& view, const Marker& marker) {
  fill_rectangle(view, 0, 0, view.layout.width, marker_height(view.layout.height), Yuv{});
  paint_marker(marker, view.luma());
}

}  // namespace longmen
