#include "core/media/marker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string_view>
#include <vector>

namespace longmen {
namespace {

constexpr Marker kSample{0x0123456789AB, 1'764'000'000'123};

struct Plane {
  int width;
  int height;
  std::vector<uint8_t> luma;
  Plane(int w, int h) : width(w), height(h), luma(static_cast<size_t>(w * h), 90) {}
  LumaPlane view() { return {luma.data(), width, height, width}; }
  ConstLumaPlane view() const { return {luma.data(), width, height, width}; }
  uint8_t at(int x, int y) const { return luma[static_cast<size_t>(y * width + x)]; }
};

// Bilinear, as players and scalers do it.
Plane scaled(const Plane& from, int width, int height) {
  Plane to(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double fx = std::clamp((x + 0.5) * from.width / width - 0.5, 0.0, from.width - 1.001);
      const double fy =
          std::clamp((y + 0.5) * from.height / height - 0.5, 0.0, from.height - 1.001);
      const int ix = static_cast<int>(fx), iy = static_cast<int>(fy);
      const double ax = fx - ix, ay = fy - iy;
      const double top = from.at(ix, iy) * (1 - ax) + from.at(ix + 1, iy) * ax;
      const double low = from.at(ix, iy + 1) * (1 - ax) + from.at(ix + 1, iy + 1) * ax;
      to.luma[static_cast<size_t>(y * width + x)] =
          static_cast<uint8_t>(top * (1 - ay) + low * ay + 0.5);
    }
  }
  return to;
}

// CRC-8 (SMBUS): the check value of the catalogue of parametrised CRC algorithms.
TEST(Crc8, CheckValueOfTheCatalogue) {
  EXPECT_EQ(crc8(as_bytes("123456789")), 0xF4);
  EXPECT_EQ(crc8({}), 0);
}

// Written out by hand from the text of the contract: one bit a cell, most significant first.
TEST(Marker, CellsAreTheBitsOfTheContract) {
  Plane plane(1280, 720);
  paint_marker(kSample, plane.view());
  const std::vector<uint8_t> counter_row = {0xA5, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB};
  for (int cell = 0; cell < 56; ++cell) {
    const bool one = counter_row[static_cast<size_t>(cell / 8)] >> (7 - cell % 8) & 1;
    EXPECT_EQ(plane.at(cell * 20 + 10, 10) > 128, one) << "cell " << cell;
  }
  for (int cell = 0; cell < 8; ++cell) {
    EXPECT_EQ(plane.at((56 + cell) * 20 + 10, 10) > 128,
              (crc8(counter_row) >> (7 - cell) & 1) != 0);
    EXPECT_EQ(plane.at(cell * 20 + 10, 30) > 128, (0x5A >> (7 - cell) & 1) != 0);
  }
  EXPECT_EQ(plane.at(640, 40), 90) << "the picture below the marker is not touched";
  EXPECT_EQ(marker_height(720), 40);
}

TEST(Marker, IsReadBackAtEverySizeOfALadder) {
  for (auto [width, height] : {std::pair{1920, 1080},
                               {1280, 720},
                               {854, 480},
                               {640, 360},
                               {426, 240},
                               {321, 181},
                               {64, 36}}) {
    Plane plane(width, height);
    paint_marker(kSample, plane.view());
    EXPECT_EQ(read_marker(std::as_const(plane).view()), kSample) << width << "x" << height;
  }
}

TEST(Marker, SurvivesScalingAndNoise) {
  std::mt19937 random(7);
  std::normal_distribution<double> noise(0, 25);
  Plane plane(1280, 720);
  for (uint64_t counter = 0; counter < 12; ++counter) {
    const Marker marker{counter * 977'777'777, kSample.epoch_ms + counter * 33};
    paint_marker(marker, plane.view());
    for (auto [width, height] : {std::pair{854, 480}, {640, 360}, {426, 240}, {1920, 1080}}) {
      Plane small = scaled(plane, width, height);
      for (uint8_t& luma : small.luma)
        luma = static_cast<uint8_t>(std::clamp(luma + noise(random), 0.0, 255.0));
      ASSERT_EQ(read_marker(std::as_const(small).view()), marker) << width << "x" << height;
    }
  }
}

TEST(Marker, AnotherPictureIsNotAMarker) {
  Plane grey(640, 360);
  EXPECT_FALSE(read_marker(std::as_const(grey).view()));
  std::mt19937 random(3);
  for (int trial = 0; trial < 40; ++trial) {
    for (uint8_t& luma : grey.luma)
      luma = static_cast<uint8_t>(random());
    ASSERT_FALSE(read_marker(std::as_const(grey).view()));
  }
}

TEST(Marker, AFlippedCellIsNoticed) {
  Plane plane(640, 360);
  for (int cell = 0; cell < 2 * kMarkerColumns; ++cell) {
    paint_marker(kSample, plane.view());
    const int x = cell % kMarkerColumns * 10, y = cell / kMarkerColumns * 10;
    const uint8_t other = plane.at(x + 5, y + 5) > 128 ? 16 : 235;
    for (int line = y; line < y + 10; ++line)
      std::fill_n(plane.luma.begin() + line * 640 + x, 10, other);
    EXPECT_FALSE(read_marker(std::as_const(plane).view())) << "cell " << cell;
  }
}

TEST(Marker, FieldsAre48Bits) {
  Plane plane(640, 360);
  paint_marker({~uint64_t{0}, 0}, plane.view());
  EXPECT_EQ(read_marker(std::as_const(plane).view()), (Marker{0xFFFFFFFFFFFF, 0}));
}

TEST(Marker, TooSmallAPictureIsLeftAlone) {
  Plane plane(62, 34);
  paint_marker(kSample, plane.view());
  EXPECT_TRUE(std::all_of(plane.luma.begin(), plane.luma.end(), [](uint8_t l) { return l == 90; }));
  EXPECT_FALSE(read_marker(std::as_const(plane).view()));
}

}  // namespace
}  // namespace longmen
