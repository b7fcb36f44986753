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
  write_feed_unit(ChannelInput::kBackup, unit, wire);
  auto whole = read_feed_unit(wire);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->input, ChannelInput::kBackup);
  const FeedUnit* read = &whole->unit;
  EXPECT_EQ(read->dts, unit.dts);
  EXPECT_EQ(read->pts, unit.pts);
  EXPECT_EQ(read->arrival, unit.arrival);
  EXPECT_TRUE(read->keyframe);
  EXPECT_EQ(read->data, unit.data);
}

TEST(FeedUnit, TruncatedHeadersAndUnknownCodecsAreRefused) {
  Bytes wire;
  write_feed_unit(ChannelInput::kPrimary, FeedUnit{}, wire);
  for (size_t size = 0; size < wire.size(); ++size) {
    EXPECT_FALSE(read_feed_unit(ByteSpan(wire).first(size))) << size;
  }
  for (const size_t at : {0, 1, 2}) {  // version, input, codec
    Bytes other = wire;
    other[at] = 99;
    EXPECT_EQ(read_feed_unit(other).error(), DropReason::kUnsupported) << at;
  }
}

TEST(FeedTrack, ComesBackAsItWas) {
  Bytes wire;
  write_feed_track(ChannelInput::kBackup, {FeedCodec::kAac, {0x12, 0x10}}, wire);
  auto whole = read_feed_track(wire);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->input, ChannelInput::kBackup);
  const FeedTrack* read = &whole->track;
  EXPECT_EQ(read->codec, FeedCodec::kAac);
  EXPECT_EQ(read->config, (Bytes{0x12, 0x10}));
  EXPECT_FALSE(read->recorded);
  Bytes of_files;
  write_feed_track(ChannelInput::kPrimary, {FeedCodec::kAac, {0x12, 0x10}, true}, of_files);
  whole = read_feed_track(of_files);
  ASSERT_TRUE(whole);
  EXPECT_TRUE(whole->track.recorded);
}

TEST(FeedTrack, AnOverlongConfigurationIsRefused) {
  Bytes wire;
  write_feed_track(ChannelInput::kPrimary, {FeedCodec::kAac, Bytes(kMaxCodecConfigBytes + 1)},
                   wire);
  EXPECT_EQ(read_feed_track(wire).error(), DropReason::kTooLarge);
}

TEST(FeedErrors, ComeBackAsTheyWere) {
  Bytes wire;
  write_feed_errors({ChannelInput::kBackup, 70'000}, wire);
  const auto read = read_feed_errors(wire);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->input, ChannelInput::kBackup);
  EXPECT_EQ(read->count, 70'000u);
  EXPECT_FALSE(read_feed_errors(ByteSpan(wire).first(5)));
}

TEST(FeedEnd, SaysWhose) {
  Bytes wire;
  write_feed_end(ChannelInput::kBackup, wire);
  EXPECT_EQ(read_feed_end(wire), ChannelInput::kBackup);
  wire[1] = 2;
  EXPECT_FALSE(read_feed_end(wire));
  EXPECT_FALSE(read_feed_end({}));
}

}  // namespace
}  // namespace longmen
