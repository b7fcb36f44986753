// What a picture looks like to somebody who asks only whether it is black and whether it moves: its
// luma at the points of a fixed grid, limited range (16 is black). It costs some microseconds of a
// picture of any size. A picture is still when hardly a point differs by more than what encoders do
// to a picture that stands; so a movement that is smaller than a few points' distance (a fiftieth
// of the width) is not seen.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace longmen {

class LumaLook {
 public:
  static constexpr int kColumns = 64, kRows = 36;
  static constexpr size_t kPoints = size_t{kColumns} * kRows;
  static constexpr int kDark = 32;                        // and below
  static constexpr size_t kBrightOfBlack = kPoints / 50;  // two percent may be brighter
  static constexpr int kNoticed = 10;                     // a greater difference is one
  static constexpr size_t kMovedOfStill = 4;              // points
  static constexpr size_t kOtherOfSame = kPoints / 20;    // of one picture, encoded twice

  // `luma` has `height` lines of `width` pixels, `stride` bytes apart; neither is 0.
  static LumaLook at(const uint8_t* luma, int width, int height, ptrdiff_t stride) {
    LumaLook look;
    size_t point = 0;
    for (int row = 0; row < kRows; ++row) {
      const uint8_t* line = luma + stride * ((2 * row + 1) * height / (2 * kRows));
      for (int column = 0; column < kColumns; ++column)
        look.points_[point++] = line[(2 * column + 1) * width / (2 * kColumns)];
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
