// That what comes out is a picture is tested where libjpeg is (tests/streamer/make_stills_test.cc).
#include "core/picture/jpeg_tiles.h"

#include <gtest/gtest.h>

#include "tests/core/picture/made_up_tile.h"

namespace longmen {
namespace {

constexpr TileSize kSmall{32, 160};

TEST(JpegTiles, RowsOfBlocksStandBesideEachOtherAndMarkersAreCountedAnew) {
  const Bytes one = test::made_up_tile(kSmall, 1), other = test::made_up_tile(kSmall, 2);
  const auto first = read_jpeg_tile(one), second = read_jpeg_tile(other);
  ASSERT_TRUE(first && second);
  ASSERT_EQ(first->rows.size(), 10U);
  const Bytes sheet = join_jpeg_tiles({&*first, &*second}, 2, 1);
  ASSERT_FALSE(sheet.empty());
  EXPECT_EQ(sheet[first->size_at + 1], 160);
  EXPECT_EQ(sheet[first->size_at + 3], 64);
  Bytes wanted;
  for (int i = 0; i < 20; ++i) {
    if (i > 0) wanted.insert(wanted.end(), {0xFF, static_cast<uint8_t>(0xD0 + (i - 1) % 8)});
    wanted.insert(wanted.end(), {static_cast<uint8_t>(1 + i % 2), 0xFF, 0});
  }
  wanted.insert(wanted.end(), {0xFF, 0xD9});
  EXPECT_EQ(Bytes(sheet.begin() + static_cast<ptrdiff_t>(first->header.size()), sheet.end()),
            wanted);
}

TEST(JpegTiles, OneOfAnotherKindIsNotPutIn) {
  const Bytes one = test::made_up_tile(kSmall, 1), larger = test::made_up_tile({48, 160}, 2);
  const auto first = read_jpeg_tile(one), second = read_jpeg_tile(larger);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(join_jpeg_tiles({&*first, &*second}, 2, 1), join_jpeg_tiles({&*first, nullptr}, 2, 1));
  EXPECT_TRUE(join_jpeg_tiles(std::vector<const JpegTile*>(200, &*first), 200, 1).empty());
}

TEST(JpegTiles, WhatIsTornIsRefused) {
  const Bytes whole = test::made_up_tile(kSmall, 1);
  for (size_t end = 0; end < whole.size(); ++end)
    EXPECT_FALSE(read_jpeg_tile(ByteSpan(whole).first(end)));
  Bytes progressive = whole;
  progressive[3] = 0xC2;
  EXPECT_EQ(read_jpeg_tile(progressive).error(), DropReason::kUnsupported);
  EXPECT_EQ(read_jpeg_tile(Bytes(kMaxTileBytes + 1)).error(), DropReason::kTooLarge);
}

}  // namespace
}  // namespace longmen
