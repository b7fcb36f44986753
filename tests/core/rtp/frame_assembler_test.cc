#include "core/rtp/frame_assembler.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"

namespace longmen {
namespace {

using test::from_hex;

constexpr char kVp8Keyframe[] = "500000 9d012a 4001 6801 aa";
constexpr char kVp9Keyframe[] = "82 49 83 42 00";  // profile 0, shown, 8 bits

TEST(Vp8Assembler, PutsPartsTogetherWhateverTheirDescriptorsSay) {
  Vp8Assembler assembler;
  // A plain descriptor, then one with a picture id of 15 bits, TL0PICIDX, TID and KEYIDX.
  ASSERT_TRUE(assembler.push(from_hex(std::string("10") + kVp8Keyframe)));
  ASSERT_TRUE(assembler.push(from_hex("80 f0 8123 05 20 bbcc")));
  ASSERT_TRUE(assembler.push(from_hex("80 80 11 dd")));  // a picture id of 7 bits
  const auto frame = assembler.finish();
  ASSERT_TRUE(frame);
  EXPECT_EQ(*frame, from_hex(std::string(kVp8Keyframe) + "bbccdd"));
  EXPECT_TRUE(is_vp8_keyframe(*frame));
  EXPECT_FALSE(is_vp8_keyframe(from_hex("510000 9d012a 4001 6801")));
}

TEST(Vp8Assembler, WhatDoesNotFitIsNamed) {
  EXPECT_EQ(Vp8Assembler().push({}).error(), DropReason::kTruncated);
  EXPECT_EQ(Vp8Assembler().push(from_hex("10")).error(), DropReason::kTruncated);
  EXPECT_EQ(Vp8Assembler().push(from_hex("90 80 81 01")).error(), DropReason::kTruncated);
  // The rest of a frame without its beginning, another partition, a second beginning.
  EXPECT_EQ(Vp8Assembler().push(from_hex("00 aa")).error(), DropReason::kMalformed);
  EXPECT_EQ(Vp8Assembler().push(from_hex("11 aa")).error(), DropReason::kMalformed);
  Vp8Assembler twice;
  ASSERT_TRUE(twice.push(from_hex("10 01aabb")));
  EXPECT_EQ(twice.push(from_hex("10 01aabb")).error(), DropReason::kMalformed);
  EXPECT_EQ(Vp8Assembler().finish().error(), DropReason::kTruncated);
  Vp8Assembler no_start_code;
  ASSERT_TRUE(no_start_code.push(from_hex("10 500000 000000 4001 6801")));
  EXPECT_EQ(no_start_code.finish().error(), DropReason::kMalformed);
}

TEST(Vp9Assembler, PutsLayersTogether) {
  Vp9Assembler assembler;
  // Layer 0 in two packets with a scalability structure, layer 1 in one; not flexible.
  ASSERT_TRUE(assembler.push(
      from_hex("aa 8001 00 07 38 0140 00b4 0280 0168 01 04 01" + std::string(kVp9Keyframe))));
  ASSERT_TRUE(assembler.push(from_hex("a4 8001 00 07 bb")));
  ASSERT_TRUE(assembler.push(from_hex("ac 8001 03 07 cc")));
  const auto picture = assembler.finish();
  ASSERT_TRUE(picture);
  EXPECT_EQ(*picture, from_hex(std::string(kVp9Keyframe) + "bbcc"));
  EXPECT_TRUE(is_vp9_keyframe(*picture));
}

TEST(Vp9Assembler, FlexibleModeNamesReferences) {
  Vp9Assembler assembler;
  ASSERT_TRUE(assembler.push(from_hex("fc 11 00 03 02 86aa")));  // two of them
  EXPECT_EQ(*assembler.finish(), from_hex("86aa"));
  EXPECT_EQ(Vp9Assembler().push(from_hex("5c 03 03 03 01 86")).error(), DropReason::kMalformed);
}

TEST(Vp9Assembler, WhatDoesNotFitIsNamed) {
  EXPECT_EQ(Vp9Assembler().push({}).error(), DropReason::kTruncated);
  EXPECT_EQ(Vp9Assembler().push(from_hex("0c")).error(), DropReason::kTruncated);
  EXPECT_EQ(Vp9Assembler().push(from_hex("8c 81")).error(), DropReason::kTruncated);
  // A structure that says of more pictures than there are bytes.
  EXPECT_EQ(Vp9Assembler().push(from_hex("0e 08 ff fc aa")).error(), DropReason::kTruncated);
  EXPECT_EQ(Vp9Assembler().push(from_hex("04 aa")).error(), DropReason::kMalformed);
  Vp9Assembler open;
  ASSERT_TRUE(open.push(from_hex("08 82aa")));
  EXPECT_EQ(open.finish().error(), DropReason::kTruncated);
  EXPECT_EQ(open.push(from_hex("08 82aa")).error(), DropReason::kMalformed);
  EXPECT_EQ(Vp9Assembler().finish().error(), DropReason::kTruncated);
}

TEST(Vp9Assembler, OnlyAKeyframeIsOne) {
  EXPECT_FALSE(is_vp9_keyframe({}));
  EXPECT_FALSE(is_vp9_keyframe(from_hex("86 49 83 42 00")));  // another frame_type
  EXPECT_FALSE(is_vp9_keyframe(from_hex("8a 49 83 42 00")));  // shows one that was there
  EXPECT_FALSE(is_vp9_keyframe(from_hex("82 49 83 43 00")));
  EXPECT_FALSE(is_vp9_keyframe(from_hex("82 49 83")));
}

TEST(H265Assembler, PutsFragmentsAndAggregatesTogether) {
  H265Assembler assembler;
  ASSERT_TRUE(assembler.push(from_hex("6001 0003 400101 0003 420102")));
  ASSERT_TRUE(assembler.push(from_hex("6201 93 aabb")));  // IDR_W_RADL, its start
  EXPECT_EQ(assembler.finish().error(), DropReason::kTruncated);
  ASSERT_TRUE(assembler.push(from_hex("6201 13 cc")));
  ASSERT_TRUE(assembler.push(from_hex("6201 53 dd")));
  const auto unit = assembler.finish();
  ASSERT_TRUE(unit);
  EXPECT_EQ(*unit, from_hex("00000001 400101 00000001 420102 00000001 2601 aabbccdd"));
  EXPECT_TRUE(FrameAssembler(RtpVideo::kH265).is_keyframe(*unit));
  EXPECT_FALSE(FrameAssembler(RtpVideo::kH265).is_keyframe(from_hex("00000001 0201 aa")));
}

TEST(H265Assembler, WhatDoesNotFitIsNamed) {
  EXPECT_EQ(H265Assembler().push({}).error(), DropReason::kTruncated);
  EXPECT_EQ(H265Assembler().push(from_hex("6001 0004 400101")).error(), DropReason::kTruncated);
  EXPECT_EQ(H265Assembler().push(from_hex("6001 0001 40")).error(), DropReason::kMalformed);
  EXPECT_EQ(H265Assembler().push(from_hex("6201 93")).error(), DropReason::kTruncated);
  EXPECT_EQ(H265Assembler().push(from_hex("6201 13 aa")).error(), DropReason::kMalformed);
  EXPECT_EQ(H265Assembler().push(from_hex("6401 aa")).error(), DropReason::kUnsupported);
  H265Assembler in_fragment;
  ASSERT_TRUE(in_fragment.push(from_hex("6201 93 aa")));
  EXPECT_EQ(in_fragment.push(from_hex("0201 aa")).error(), DropReason::kMalformed);
}

}  // namespace
}  // namespace longmen
