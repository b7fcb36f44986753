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

TEST(Opus, TwoPacketsOfAFrameBecomeOne) {
  const auto joined = [](const Bytes& first, const Bytes& second) {
    Bytes out = from_hex("aa");
    const auto done = join(first, second, out);
    EXPECT_EQ(out[0], 0xaa);
    EXPECT_TRUE(done || out.size() == 1) << "half written";
    return done ? Parsed<Bytes>(Bytes(out.begin() + 1, out.end())) : drop(done.error());
  };
  // RFC 6716 §3.2.3: of one size; §3.2.4: of two, also none at all (DTX).
  EXPECT_EQ(*joined(from_hex("fc 0102"), from_hex("fc 0304")), from_hex("fd 01020304"));
  EXPECT_EQ(*joined(from_hex("fc 010203"), from_hex("fc 04")), from_hex("fe 03 01020304"));
  EXPECT_EQ(*joined(from_hex("fc"), from_hex("fc 04")), from_hex("fe 00 04"));
  // §3.2.1: a length of 252 and more takes two bytes.
  for (size_t bytes : {251, 252, 253, 255, 256, 1275}) {
    Bytes first(1 + bytes, 7);
    first[0] = 0xfc;
    const Parsed<Bytes> out = joined(first, from_hex("fc 04"));
    ASSERT_TRUE(out);
    const size_t told = (*out)[1] < 252 ? (*out)[1] : (*out)[1] + 4u * (*out)[2];
    EXPECT_EQ(told, bytes);
    EXPECT_EQ(out->size(), 1 + (bytes < 252 ? 1 : 2) + bytes + 1);
    EXPECT_EQ(*packet_duration(*out), Samples48k(1920));
  }
  EXPECT_EQ(joined(Bytes(1277, 0xfc), from_hex("fc 04")).error(), DropReason::kMalformed);
  EXPECT_EQ(joined(from_hex("fc 01"), from_hex("f8 02")).error(), DropReason::kUnsupported);
  EXPECT_EQ(joined(from_hex("fd 0102"), from_hex("fd 0102")).error(), DropReason::kUnsupported);
  EXPECT_EQ(joined({}, from_hex("fc 02")).error(), DropReason::kTruncated);
  EXPECT_EQ(*packet_duration(*joined(from_hex("18 01"), from_hex("18 02"))), Samples48k(5760));
}

TEST(Opus, Stereo) {
  EXPECT_FALSE(*is_stereo(from_hex("f8")));
  EXPECT_TRUE(*is_stereo(from_hex("fc")));
  EXPECT_FALSE(is_stereo({}));
}

}  // namespace
}  // namespace longmen::opus
