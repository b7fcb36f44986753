#include "core/picture/png_header.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"

namespace longmen {
namespace {

// 1 x 1, RGBA, transparent.
const Bytes kPixel = test::from_hex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000b494441"
    "54789c6360000200000500017a5eab3f0000000049454e44ae426082");

std::string fault(Bytes png) {
  const auto read = read_png_header(png);
  return read ? "" : read.error().message;
}

TEST(PngHeader, SaysItsSizeAndWhetherItIsTransparent) {
  const auto header = read_png_header(kPixel);
  ASSERT_TRUE(header) << header.error().message;
  EXPECT_EQ(header->width, 1u);
  EXPECT_EQ(header->height, 1u);
  EXPECT_TRUE(header->has_alpha);
}

TEST(PngHeader, WhatIsCutShortIsNone) {
  for (size_t bytes = 0; bytes < kPixel.size(); ++bytes)
    EXPECT_NE(fault(Bytes(kPixel.begin(), kPixel.begin() + static_cast<ptrdiff_t>(bytes))), "")
        << bytes;
}

TEST(PngHeader, DamageIsSeen) {
  for (size_t at = 0; at < kPixel.size(); ++at) {
    Bytes damaged = kPixel;
    damaged[at] ^= 0x10;
    EXPECT_NE(fault(damaged), "") << at;
  }
}

TEST(PngHeader, WhatIsTooLargeIsRefusedWithWords) {
  Bytes large = kPixel;
  large.resize(kMaxPngBytes + 1);
  EXPECT_EQ(fault(large), "it has 524289 bytes, and 524288 are allowed");
  EXPECT_EQ(fault({'G', 'I', 'F', '8', '9', 'a', 0, 0, 0, 0}), "it is no PNG");
}

// A chunk says that it has 4 GB; no header; a second one.
TEST(PngHeader, ChunksThatLieAreNone) {
  Bytes lies = kPixel;
  std::fill_n(lies.begin() + 33, 4, uint8_t{0xFF});
  EXPECT_EQ(fault(lies), "it is cut short");
  Bytes headless(kPixel.begin(), kPixel.begin() + 8);
  headless.insert(headless.end(), kPixel.begin() + 33, kPixel.end());
  EXPECT_EQ(fault(headless), "its header is malformed");
  Bytes twice(kPixel.begin(), kPixel.begin() + 33);
  twice.insert(twice.end(), kPixel.begin() + 8, kPixel.end());
  EXPECT_EQ(fault(twice), "its header is malformed");
}

}  // namespace
}  // namespace longmen
