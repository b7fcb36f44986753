#include "core/rtp/depacketizer.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"

namespace longmen {
namespace {

using test::from_hex;

TEST(H264Assembler, PutsFragmentsTogether) {
  H264Assembler assembler;
  ASSERT_TRUE(assembler.push(from_hex("78 0002 6742 0001 68")));
  ASSERT_TRUE(assembler.push(from_hex("7c85 aabb")));
  EXPECT_EQ(assembler.finish().error(), DropReason::kTruncated);
  ASSERT_TRUE(assembler.push(from_hex("7c05 cc")));
  ASSERT_TRUE(assembler.push(from_hex("7c45 dd")));
  EXPECT_EQ(*assembler.finish(), from_hex("00000001 6742 00000001 68 00000001 65aabbccdd"));
}

TEST(H264Assembler, PayloadsThatDoNotFitAreNamed) {
  EXPECT_EQ(H264Assembler().push({}).error(), DropReason::kTruncated);
  EXPECT_EQ(H264Assembler().push(from_hex("78")).error(), DropReason::kTruncated);
  EXPECT_EQ(H264Assembler().push(from_hex("78 0003 6742")).error(), DropReason::kTruncated);
  EXPECT_EQ(H264Assembler().push(from_hex("78 0000")).error(), DropReason::kMalformed);
  EXPECT_EQ(H264Assembler().push(from_hex("7c85")).error(), DropReason::kTruncated);
  EXPECT_EQ(H264Assembler().push(from_hex("7c05 aa")).error(), DropReason::kMalformed);
  EXPECT_EQ(H264Assembler().push(from_hex("79 0000")).error(), DropReason::kUnsupported);
  EXPECT_EQ(H264Assembler().push(from_hex("60 01")).error(), DropReason::kUnsupported);
  H264Assembler in_fragment;
  ASSERT_TRUE(in_fragment.push(from_hex("7c85 aa")));
  EXPECT_EQ(in_fragment.push(from_hex("41 aa")).error(), DropReason::kMalformed);
}

MediaUnit unit_of(const std::vector<Bytes>& payloads) {
  MediaUnit unit;
  for (const Bytes& payload : payloads) {
    MediaPacket packet;
    packet.offset = static_cast<uint32_t>(unit.payloads.size());
    packet.payload_bytes = static_cast<uint16_t>(payload.size());
    unit.payloads.insert(unit.payloads.end(), payload.begin(), payload.end());
    unit.packets.push_back(packet);
  }
  return unit;
}

TEST(Depacketizer, AacSizesMustAgree) {
  EXPECT_EQ(*aac_frame(unit_of({from_hex("0010 0020 01020304")})), from_hex("01020304"));
  EXPECT_EQ(aac_frame(unit_of({from_hex("0010 0018 01020304")})).error(), DropReason::kMalformed);
  EXPECT_EQ(aac_frame(unit_of({from_hex("0020 0010 0010 01020304")})).error(),
            DropReason::kUnsupported);
  EXPECT_EQ(aac_frame(unit_of({from_hex("0010 00")})).error(), DropReason::kTruncated);
  EXPECT_FALSE(aac_frame(unit_of({})));
  EXPECT_FALSE(opus_packet(unit_of({})));
}

}  // namespace
}  // namespace longmen
