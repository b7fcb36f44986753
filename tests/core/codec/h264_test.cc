#include "core/codec/h264.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"

namespace longmen::h264 {
namespace {

using test::from_hex;

Bytes copy(ByteSpan span) {
  return Bytes(span.begin(), span.end());
}

TEST(H264, SplitsAnnexBWithShortAndLongStartCodes) {
  const Bytes unit = from_hex("00000001 0910 000001 6742 00000000 01 68ce 0000 01 6588 0000");
  std::vector<ByteSpan> nals;
  ASSERT_TRUE(split_annex_b(unit, nals));
  ASSERT_EQ(nals.size(), 4u);
  EXPECT_EQ(copy(nals[0]), from_hex("0910"));
  EXPECT_EQ(copy(nals[1]), from_hex("6742"));
  EXPECT_EQ(copy(nals[2]), from_hex("68ce"));
  EXPECT_EQ(copy(nals[3]), from_hex("6588"));
  EXPECT_EQ(nal_type(nals[3]), NalType::kIdr);
}

TEST(H264, StartCodesAreFoundAtEveryAlignment) {
  for (size_t filling = 1; filling < 9; ++filling) {
    Bytes unit{0, 0, 1};
    unit.insert(unit.end(), filling, 0x55);
    append_annex_b(from_hex("4101"), unit);
    std::vector<ByteSpan> nals;
    ASSERT_TRUE(split_annex_b(unit, nals));
    ASSERT_EQ(nals.size(), 2u) << filling;
    EXPECT_EQ(nals[0].size(), filling);
    EXPECT_EQ(copy(nals[1]), from_hex("4101"));
  }
}

TEST(H264, BytesThatAreNotAnnexBAreRefused) {
  std::vector<ByteSpan> nals;
  for (const char* hex : {"", "00", "0000", "41", "0000020000", "05000001 41"})
    EXPECT_EQ(split_annex_b(from_hex(hex), nals).error(), DropReason::kMalformed) << hex;
  EXPECT_TRUE(nals.empty());
}

TEST(H264, TheNumberOfNalUnitsIsBounded) {
  Bytes annex_b;
  Bytes avcc;
  for (size_t i = 0; i < kMaxNalUnits + 1; ++i) {
    append_annex_b(from_hex("41"), annex_b);
    append_avcc(from_hex("41"), avcc);
  }
  std::vector<ByteSpan> nals;
  EXPECT_EQ(split_annex_b(annex_b, nals).error(), DropReason::kTooLarge);
  nals.clear();
  EXPECT_EQ(split_avcc(avcc, 4, nals).error(), DropReason::kTooLarge);
}

TEST(H264, SplitsAvccOfEachLengthSize) {
  for (const auto& [size, hex] : {std::pair<size_t, const char*>{1, "02 4101 00 01 06"},
                                  {2, "0002 4101 0000 0001 06"},
                                  {4, "00000002 4101 00000000 00000001 06"}}) {
    const Bytes unit = from_hex(hex);
    std::vector<ByteSpan> nals;
    ASSERT_TRUE(split_avcc(unit, size, nals));
    ASSERT_EQ(nals.size(), 2u);
    EXPECT_EQ(copy(nals[0]), from_hex("4101"));
    EXPECT_EQ(copy(nals[1]), from_hex("06"));
  }
}

TEST(H264, AnAvccLengthBeyondTheEndIsTruncated) {
  std::vector<ByteSpan> nals;
  EXPECT_EQ(split_avcc(from_hex("00000003 4101"), 4, nals).error(), DropReason::kTruncated);
  EXPECT_EQ(split_avcc(from_hex("ffffffff 41"), 4, nals).error(), DropReason::kTruncated);
  EXPECT_EQ(split_avcc(from_hex("0000"), 4, nals).error(), DropReason::kTruncated);
  EXPECT_EQ(split_avcc(from_hex("000001"), 3, nals).error(), DropReason::kMalformed);
}

TEST(H264, OnlySlicesAndParameterSetsAreWorthSending) {
  for (int type : {1, 5, 7, 8})
    EXPECT_TRUE(worth_sending(static_cast<NalType>(type))) << type;
  for (int type : {0, 6, 9, 10, 11, 12, 24, 28, 31})
    EXPECT_FALSE(worth_sending(static_cast<NalType>(type))) << type;
}

struct SpsCase {
  const char* hex;  // made by x264
  int width;
  int height;
  const char* codec;
  uint32_t units_in_tick;
  uint32_t time_scale;
  bool interlaced;
};

TEST(H264, SequenceParameterSetsOfX264) {
  const SpsCase cases[] = {
      {"67640028acb403c0113f2e022000007d20001d4c11e30654", 1920, 1080, "avc1.640028", 1001, 60000,
       false},
      {"6742c01eda0280bfe5c044000003000400000300c83c58ba80", 640, 360, "avc1.42c01e", 1, 50, false},
      {"674d4020eca02802dd8088000003000800000303c078c18cb0", 1280, 720, "avc1.4d4020", 1, 120,
       false},
      {"6764001facd940d83de6f011000003000100000300640f183196", 854, 480, "avc1.64001f", 1, 100,
       false},
      {"6764001eacd940b424d8088000000300800000190f8a14cb", 720, 576, "avc1.64001e", 1, 50, true},
      {"67f4001e91d640280bfe7c0440000003004000000f03c58b92", 640, 362, "avc1.f4001e", 1, 60, false},
  };
  for (const SpsCase& expected : cases) {
    const Bytes nal = from_hex(expected.hex);
    const auto sps = parse_sps(nal);
    ASSERT_TRUE(sps) << expected.hex;
    EXPECT_EQ(sps->width, expected.width);
    EXPECT_EQ(sps->height, expected.height);
    EXPECT_EQ(sps->units_in_tick, expected.units_in_tick);
    EXPECT_EQ(sps->time_scale, expected.time_scale);
    EXPECT_EQ(sps->interlaced, expected.interlaced);
    EXPECT_EQ(*codec_string(nal), expected.codec);
  }
  EXPECT_EQ(parse_sps(from_hex(cases[1].hex))->max_reorder_frames, 0);
}

TEST(H264, ATruncatedSpsIsNotRead) {
  const Bytes nal = from_hex("67640028acb403c0113f2e022000007d20001d4c11e30654");
  for (size_t size = 0; size < 9; ++size)
    EXPECT_FALSE(parse_sps(ByteSpan(nal).first(size))) << size;
  // From there on only the VUI is missing.
  const auto cut = parse_sps(ByteSpan(nal).first(12));
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->width, 1920);
  EXPECT_EQ(cut->time_scale, 0u);
  EXPECT_EQ(parse_sps(from_hex("68ce0fc8")).error(), DropReason::kMalformed);
  EXPECT_EQ(parse_sps(Bytes(kMaxParameterSetBytes + 1, 0x67)).error(), DropReason::kTooLarge);
}

// From an FLV file of ffmpeg: the four bytes at the end are the High profile's tail.
TEST(H264, DecoderConfigurationOfFfmpeg) {
  const Bytes record = from_hex(
      "0164000dffe10018 6764000dacb40a0cfcf8088000000300800000 1e478a1550 01 0004 68ef0fcb"
      "fdf8f800");
  const auto configuration = read_decoder_configuration(record);
  ASSERT_TRUE(configuration);
  EXPECT_EQ(configuration->nal_length_bytes, 4);
  ASSERT_EQ(configuration->sps.size(), 1u);
  ASSERT_EQ(configuration->pps.size(), 1u);
  EXPECT_EQ(configuration->pps[0], from_hex("68ef0fcb"));
  const auto sps = parse_sps(configuration->sps[0]);
  ASSERT_TRUE(sps);
  EXPECT_EQ(sps->width, 320);
  EXPECT_EQ(sps->height, 180);

  const Bytes written = write_decoder_configuration(*configuration);
  EXPECT_EQ(written, Bytes(record.begin(), record.end() - 4));
  EXPECT_EQ(*read_decoder_configuration(written), *configuration);
  for (size_t size = 0; size < written.size(); ++size)
    EXPECT_FALSE(read_decoder_configuration(ByteSpan(written).first(size))) << size;
}

TEST(H264, DecoderConfigurationsThatLieAreRefused) {
  EXPECT_EQ(read_decoder_configuration(from_hex("0064000dffe0 00")).error(),
            DropReason::kUnsupported);
  EXPECT_EQ(read_decoder_configuration(from_hex("0164000dfee0 00")).error(),
            DropReason::kMalformed);  // length size 3
  EXPECT_EQ(read_decoder_configuration(from_hex("0164000dffe0 00")).error(),
            DropReason::kMalformed);  // no sets
  EXPECT_EQ(read_decoder_configuration(from_hex("0164000dffe1 0004 68ef0fcb 00")).error(),
            DropReason::kMalformed);  // a PPS among the SPS
}

}  // namespace
}  // namespace longmen::h264
