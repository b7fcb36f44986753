#include "core/codec/bit_reader.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(BitReader, ReadsAcrossBytesAndStopsAtTheEnd) {
  const Bytes bytes{0b1010'0101, 0b1111'0000};
  BitReader reader(bytes);
  EXPECT_EQ(reader.bits(3), 0b101u);
  EXPECT_EQ(reader.bits(9), 0b0010'1111'1u);
  EXPECT_EQ(reader.remaining_bits(), 4u);
  EXPECT_EQ(reader.bits(4), 0u);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.bits(1), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.remaining_bits(), 0u);
}

// ITU-T H.264 table 9-2: 1, 010, 011, 00100, 00101.
TEST(BitReader, ExpGolombCodes) {
  const Bytes bytes{0b1'010'011'0, 0b0100'0010, 0b1'0000000};
  BitReader reader(bytes);
  for (uint32_t value = 0; value < 5; ++value)
    EXPECT_EQ(reader.ue(), value);
  EXPECT_TRUE(reader.ok());
  BitReader reader_again(bytes);
  EXPECT_EQ(reader_again.se(), 0);
  EXPECT_EQ(reader_again.se(), 1);
  EXPECT_EQ(reader_again.se(), -1);
  EXPECT_EQ(reader_again.se(), 2);
  EXPECT_EQ(reader_again.se(), -2);
}

TEST(BitReader, AnExpGolombCodeOfZerosOnlyEnds) {
  const Bytes bytes(64, 0);
  BitReader reader(bytes);
  EXPECT_EQ(reader.ue(), 0u);
  EXPECT_FALSE(reader.ok());
}

TEST(BitReader, LeavesOutEmulationPrevention) {
  const Bytes bytes{0, 0, 3, 1, 0, 0, 3, 0, 0, 3, 2};
  BitReader reader(bytes, BitReader::Escapes::kEmulationPrevention);
  EXPECT_EQ(reader.bits(24), 1u);
  EXPECT_EQ(reader.bits(32), 0u);
  EXPECT_EQ(reader.bits(8), 2u);
  EXPECT_TRUE(reader.ok());
  BitReader plain(bytes);
  EXPECT_EQ(plain.bits(24), 3u);
}

}  // namespace
}  // namespace longmen
