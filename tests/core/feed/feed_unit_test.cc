#include "core/feed/feed_unit.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(FeedUnit, ComesBackAsItWas) {
  FeedUnit unit;
  unit.codec = FeedCodec::kH264;
  unit.dts = Flicks(-7056);
  unit.pts = Flicks(705'600'000);
  unit.arrival = Monotonic(std::chrono::nanoseconds(123'456'789'012));
  unit.keyframe = true;
  unit.data = {9, 8, 7};
  Bytes wire;
  write_feed_unit(unit, wire);
  auto read = read_feed_unit(wire);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->dts, unit.dts);
  EXPECT_EQ(read->pts, unit.pts);
  EXPECT_EQ(read->arrival, unit.arrival);
  EXPECT_TRUE(read->keyframe);
  EXPECT_EQ(read->data, unit.data);
}

TEST(FeedUnit, TruncatedHeadersAndUnknownCodecsAreRefused) {
  Bytes wire;
  write_feed_unit(FeedUnit{}, wire);
  for (size_t size = 0; size < wire.size(); ++size) {
    EXPECT_FALSE(read_feed_unit(ByteSpan(wire).first(size))) << size;
  }
  wire[1] = 99;
  EXPECT_EQ(read_feed_unit(wire).error(), DropReason::kUnsupported);
}

TEST(FeedTrack, ComesBackAsItWas) {
  Bytes wire;
  write_feed_track({FeedCodec::kAac, {0x12, 0x10}}, wire);
  auto read = read_feed_track(wire);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->codec, FeedCodec::kAac);
  EXPECT_EQ(read->config, (Bytes{0x12, 0x10}));
}

TEST(FeedTrack, AnOverlongConfigurationIsRefused) {
  Bytes wire;
  write_feed_track({FeedCodec::kAac, Bytes(kMaxCodecConfigBytes + 1)}, wire);
  EXPECT_EQ(read_feed_track(wire).error(), DropReason::kTooLarge);
}

}  // namespace
}  // namespace longmen
