#include "core/codec/opus.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"

namespace longmen::opus {
namespace {

using test::from_hex;

// RFC 6716 table 2.
TEST(Opus, FrameDurationsOfEachConfiguration) {
  const int expected[32] = {480,  960, 1920, 2880, 480, 960, 1920, 2880, 480, 960, 1920,
                            2880, 480, 960,  480,  960, 120, 240,  480,  960, 120, 240,
                            480,  960, 120,  240,  480, 960, 120,  240,  480, 960};
  for (uint8_t configuration = 0; configuration < 32; ++configuration) {
    const Bytes packet{static_cast<uint8_t>(configuration << 3), 1, 2};
    EXPECT_EQ(*packet_duration(packet), Samples48k(expected[configuration])) << +configuration;
  }
}

TEST(Opus, SeveralFramesInAPacket) {
  EXPECT_EQ(*packet_duration(from_hex("f801 02")), Samples48k(960));  // as GStreamer sends
  EXPECT_EQ(*packet_duration(from_hex("f9 0102")), Samples48k(1920));
  EXPECT_EQ(packet_duration(from_hex("f9 010203")).error(), DropReason::kMalformed);
  EXPECT_EQ(*packet_duration(from_hex("fa 010203")), Samples48k(1920));
  EXPECT_EQ(*packet_duration(from_hex("fb 06")), Samples48k(5760));
  EXPECT_EQ(packet_duration(from_hex("fb 07")).error(), DropReason::kMalformed);  // 140 ms
  EXPECT_EQ(packet_duration(from_hex("fb 00")).error(), DropReason::kMalformed);
  EXPECT_EQ(packet_duration(from_hex("fb")).error(), DropReason::kTruncated);
  EXPECT_EQ(packet_duration({}).error(), DropReason::kTruncated);
}

TEST(Opus, Stereo) {
  EXPECT_FALSE(*is_stereo(from_hex("f8")));
  EXPECT_TRUE(*is_stereo(from_hex("fc")));
  EXPECT_FALSE(is_stereo({}));
}

}  // namespace
}  // namespace longmen::opus
