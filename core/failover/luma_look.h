// What a picture looks like to somebody who asks only whether it is black and whether it moves: its
// luma at the points of a fixed grid, limited range (16 is black). A point is the mean of a few
// pixels around it, so that grain, which each keyframe codes anew, is no movement. It costs some
// tens of microseconds of a picture of any size. A picture is still when hardly a point differs by
// more than what encoders do to a picture that stands; so a movement that is smaller than a few
// points' distance (a fiftieth of the width) is not seen.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>

namespace longmen {

class LumaLook {
 public:
  static constexpr int kColumns = 64, kRows = 36;
  static constexpr size_t kPoints = size_t{kColumns} * kRows;
  static constexpr int kPatch = 4;                        // pixels on a side, of a point
  static constexpr int kDark = 32;                        // and below
  static constexpr size_t kBrightOfBlack = kPoints / 50;  // two percent may be brighter
  static constexpr int kNoticed = 10;                     // a greater difference is one
  static constexpr size_t kMovedOfStill = 4;              // points
  static constexpr size_t kOtherOfSame = kPoints / 20;    // of one picture, encoded twice

  // `luma` has `height` lines of `width` pixels, `stride` bytes apart; neither is 0.
  static LumaLook at(const uint8_t* luma, int width, int height, ptrdiff_t stride) {
    LumaLook look;
    const int across = std::min(kPatch, width), down = std::min(kPatch, height);
    const auto patch_at = [&](int x, int y) {
      int sum = 0;
      for (int line = y; line < y + down; ++line)
        sum = std::accumulate(luma + stride * line + x, luma + stride * line + x + across, sum);
      return static_cast<uint8_t>(sum / (across * down));
    };
    const auto begin_of = [](int number, int count, int length, int patch) {
      return std::clamp((2 * number + 1) * length / (2 * count) - patch / 2, 0, length - patch);
    };
    size_t point = 0;
    for (int row = 0; row < kRows; ++row) {
      const int y = begin_of(row, kRows, height, down);
      for (int column = 0; column < kColumns; ++column)
        look.points_[point++] = patch_at(begin_of(column, kColumns, width, across), y);
    }
    return look;
  }

  bool is_black() const {
    return static_cast<size_t>(std::count_if(points_.begin(), points_.end(), [](uint8_t luma) {
             return luma > kDark;
           })) <= kBrightOfBlack;
  }
  size_t points_unlike(const LumaLook& other) const {
    size_t unlike = 0;
    for (size_t i = 0; i < kPoints; ++i)
      unlike += std::abs(points_[i] - other.points_[i]) > kNoticed ? 1 : 0;
    return unlike;
  }
  bool has_moved_since(const LumaLook& before) const {
    return points_unlike(before) > kMovedOfStill;
  }
  bool is_same_picture_as(const LumaLook& other) const {
    return points_unlike(other) <= kOtherOfSame;
  }

 private:
  std::array<uint8_t, kPoints> points_{};
};

}  // namespace longmen
