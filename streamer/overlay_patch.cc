#include "streamer/overlay_patch.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace longmen {
namespace {

int even_below(int value) {
  return value & ~1;
}

// Of 0..1, premultiplied.
struct PatchColour {
  double red = 0, green = 0, blue = 0, alpha = 0;

  double luma() const { return 0.2126 * red + 0.7152 * green + 0.0722 * blue; }
};

uint8_t patch_byte(double value) {
  return static_cast<uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

// below * kept / 255, rounded; exact, and the compiler makes vectors of it.
void lay_line(const uint8_t* added, const uint8_t* kept, uint8_t* below, int count) {
  for (int i = 0; i < count; ++i) {
    const auto product = static_cast<uint16_t>(below[i] * kept[i] + 128);
    below[i] = static_cast<uint8_t>(added[i] + ((product + (product >> 8)) >> 8));
  }
}

}  // namespace

OverlayPatch OverlayPatch::make(const uint8_t* argb, int width, int height, ptrdiff_t stride, int x,
                                int y, double opacity, int picture_width, int picture_height) {
  OverlayPatch patch;
  const int left = x, top = y;
  patch.x_ = std::max(0, even_below(left));
  patch.y_ = std::max(0, even_below(top));
  const int right = std::min(even_below(left + width + 1), even_below(picture_width));
  const int bottom = std::min(even_below(top + height + 1), even_below(picture_height));
  patch.width_ = std::max(0, right - patch.x_);
  patch.height_ = std::max(0, bottom - patch.y_);
  if (patch.empty()) return patch = {};
  const auto pixel = [&](int at_x, int at_y) {
    const int from_x = patch.x_ + at_x - left, from_y = patch.y_ + at_y - top;
    if (from_x < 0 || from_y < 0 || from_x >= width || from_y >= height) return PatchColour();
    uint32_t value = 0;
    std::memcpy(&value, argb + from_y * stride + ptrdiff_t{4} * from_x, sizeof value);
    const auto part = [&](int shift) { return opacity * (value >> shift & 255) / 255; };
    return PatchColour{part(16), part(8), part(0), part(24)};
  };
  const size_t pixels = static_cast<size_t>(patch.width_) * static_cast<size_t>(patch.height_);
  patch.y_added_.reserve(pixels);
  patch.y_kept_.reserve(pixels);
  for (int line = 0; line < patch.height_; ++line) {
    for (int at = 0; at < patch.width_; ++at) {
      const PatchColour above = pixel(at, line);
      patch.y_added_.push_back(patch_byte(16 * above.alpha + 219 * above.luma()));
      patch.y_kept_.push_back(patch_byte(255 * (1 - above.alpha)));
    }
  }
  for (int line = 0; line < patch.height_; line += 2) {
    for (int at = 0; at < patch.width_; at += 2) {
      PatchColour four;
      for (const PatchColour& each :
           {pixel(at, line), pixel(at + 1, line), pixel(at, line + 1), pixel(at + 1, line + 1)}) {
        four.red += each.red / 4;
        four.green += each.green / 4;
        four.blue += each.blue / 4;
        four.alpha += each.alpha / 4;
      }
      patch.u_added_.push_back(
          patch_byte(128 * four.alpha + 224 * (four.blue - four.luma()) / 1.8556));
      patch.v_added_.push_back(
          patch_byte(128 * four.alpha + 224 * (four.red - four.luma()) / 1.5748));
      patch.chroma_kept_.push_back(patch_byte(255 * (1 - four.alpha)));
    }
  }
  return patch;
}

void OverlayPatch::lay_over(const PicturePlanes& picture) const {
  if (empty() || x_ + width_ > picture.width || y_ + height_ > picture.height) return;
  for (int line = 0; line < height_; ++line) {
    const ptrdiff_t from = ptrdiff_t{line} * width_;
    lay_line(y_added_.data() + from, y_kept_.data() + from,
             picture.y + (y_ + line) * picture.luma_stride + x_, width_);
  }
  for (int line = 0; line < height_ / 2; ++line) {
    const ptrdiff_t from = ptrdiff_t{line} * (width_ / 2);
    const ptrdiff_t to = (y_ / 2 + line) * picture.chroma_stride + x_ / 2;
    lay_line(u_added_.data() + from, chroma_kept_.data() + from, picture.u + to, width_ / 2);
    lay_line(v_added_.data() + from, chroma_kept_.data() + from, picture.v + to, width_ / 2);
  }
}

}  // namespace longmen
