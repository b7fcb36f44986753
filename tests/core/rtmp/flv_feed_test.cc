#include "core/rtmp/flv_feed.h"

#include <gtest/gtest.h>

#include "tests/support/rtmp_client.h"

namespace longmen::rtmp {
namespace {

using test::aac_config;
using test::aac_frame;
using test::avc_config;
using test::avc_config_body;
using test::avc_frame;
using test::from_hex;
using namespace std::chrono_literals;

const Monotonic kNow{5s};

template <class What>
What taken(const FlvResult<FlvFeed::Item>& item) {
  EXPECT_TRUE(item) << drop_reason_name(item.error().reason) << item.error().codec;
  const What* what = item ? std::get_if<What>(&*item) : nullptr;
  EXPECT_TRUE(what);
  return what ? *what : What{};
}
bool nothing(const FlvResult<FlvFeed::Item>& item) {
  return item && std::holds_alternative<std::monostate>(*item);
}
DropReason reason(const FlvResult<FlvFeed::Item>& item) {
  return item ? DropReason::kNone : item.error().reason;
}

TEST(FlvFeed, TracksThenUnits) {
  FlvFeed feed;
  const FeedTrack video = taken<FeedTrack>(feed.video(0, avc_config(), kNow));
  EXPECT_EQ(video.codec, FeedCodec::kH264);
  EXPECT_EQ(video.config, avc_config_body());
  const FeedTrack audio = taken<FeedTrack>(feed.audio(0, aac_config(), kNow));
  EXPECT_EQ(audio.codec, FeedCodec::kAac);
  EXPECT_EQ(audio.config, from_hex("1208"));

  const FeedUnit frame = taken<FeedUnit>(feed.video(40, avc_frame(true), kNow));
  EXPECT_TRUE(frame.keyframe);
  EXPECT_EQ(frame.dts, Flicks(40ms));
  EXPECT_EQ(frame.pts, frame.dts);
  EXPECT_EQ(frame.arrival, kNow);
  EXPECT_EQ(frame.data, from_hex("00000004 658884ab"));
  const FeedUnit sound = taken<FeedUnit>(feed.audio(46, aac_frame(), kNow));
  EXPECT_EQ(sound.dts, Flicks(46ms));
  EXPECT_TRUE(sound.keyframe);
  EXPECT_EQ(sound.data, from_hex("de04004c"));
}

TEST(FlvFeed, CompositionTimeAndNanoseconds) {
  FlvFeed feed;
  ASSERT_TRUE(feed.video(0, avc_config(), kNow));
  const FeedUnit later =
      taken<FeedUnit>(feed.video(100, from_hex("27 01 000043 00000001 41"), kNow));
  EXPECT_EQ(later.pts - later.dts, Flicks(67ms));
  const FeedUnit fine = taken<FeedUnit>(
      feed.video(133, from_hex("a7 02 051615 01 61766331 000021 00000001 41"), kNow));
  EXPECT_EQ(fine.dts, floor_flicks(133ms + 333333ns));
  EXPECT_EQ(fine.pts - fine.dts, Flicks(33ms));
}

TEST(FlvFeed, UnitsBeforeTheirConfigurationAreLeftOut) {
  FlvFeed feed;
  EXPECT_EQ(reason(feed.video(0, avc_frame(true), kNow)), DropReason::kWrongState);
  EXPECT_EQ(reason(feed.audio(0, aac_frame(), kNow)), DropReason::kWrongState);
  ASSERT_TRUE(feed.video(0, avc_config(), kNow));
  EXPECT_EQ(reason(feed.audio(0, aac_frame(), kNow)), DropReason::kWrongState);
}

TEST(FlvFeed, LateTrackAndChangedConfiguration) {
  FlvFeed feed;
  ASSERT_TRUE(feed.video(0, avc_config(), kNow));
  ASSERT_TRUE(feed.video(0, avc_frame(true), kNow));
  EXPECT_TRUE(nothing(feed.video(40, avc_config(), kNow))) << "the same again";
  (void)taken<FeedTrack>(feed.audio(3000, aac_config(), kNow));
  Bytes other = avc_config();
  other[5 + 3] = 0x1E;  // level
  EXPECT_EQ(taken<FeedTrack>(feed.video(4000, other, kNow)).config[3], 0x1E);
  EXPECT_EQ(taken<FeedTrack>(feed.audio(4000, from_hex("af00 1190"), kNow)).config,
            from_hex("1190"));
}

TEST(FlvFeed, TimestampsGoOnOverTheWrapOfBothTracks) {
  FlvFeed feed;
  ASSERT_TRUE(feed.video(0xFFFFFF00, avc_config(), kNow));
  ASSERT_TRUE(feed.audio(0xFFFFFF00, aac_config(), kNow));
  const auto video = [&](uint32_t ms) {
    return taken<FeedUnit>(feed.video(ms, avc_frame(true), kNow));
  };
  const auto audio = [&](uint32_t ms) {
    return taken<FeedUnit>(feed.audio(ms, aac_frame(), kNow));
  };
  const Flicks before = video(0xFFFFFFF0).dts;
  EXPECT_EQ(audio(0x00000010).dts - before, Flicks(32ms));
  EXPECT_EQ(video(0xFFFFFFF8).dts - before, Flicks(8ms)) << "interleaved to and fro";
  EXPECT_EQ(video(0x00000018).dts - before, Flicks(40ms));
  EXPECT_EQ(before, Flicks(std::chrono::milliseconds(0xFFFFFFF0)));
}

TEST(FlvFeed, JumpsDoNotOverflow) {
  FlvFeed feed;
  ASSERT_TRUE(feed.audio(0, aac_config(), kNow));
  uint32_t timestamp_ms = 0;
  for (int count = 0; count < 10000; ++count) {
    const FeedUnit unit = taken<FeedUnit>(feed.audio(timestamp_ms, aac_frame(), kNow));
    ASSERT_GE(unit.dts, Flicks(0));
    timestamp_ms += 0x7FFFFFFF;
  }
}

TEST(FlvFeed, IdrIsAKeyframeWhateverTheTagSays) {
  FlvFeed feed;
  ASSERT_TRUE(feed.video(0, avc_config(), kNow));
  EXPECT_TRUE(taken<FeedUnit>(feed.video(0, from_hex("2701000000 00000001 09 00000001 65"), kNow))
                  .keyframe);
  EXPECT_FALSE(taken<FeedUnit>(feed.video(0, from_hex("2701000000 00000001 09 00000001 41"), kNow))
                   .keyframe);
}

TEST(FlvFeed, NalLengthsMustFit) {
  FlvFeed feed;
  ASSERT_TRUE(feed.video(0, avc_config(), kNow));
  EXPECT_EQ(reason(feed.video(0, from_hex("1701000000 00000005 65888400"), kNow)),
            DropReason::kTruncated);
  EXPECT_EQ(reason(feed.video(0, from_hex("1701000000 00000001 65 00"), kNow)),
            DropReason::kTruncated);
  EXPECT_TRUE(nothing(feed.video(0, from_hex("1701000000"), kNow)));
}

TEST(FlvFeed, ShortNalLengthsComeFromTheConfiguration) {
  FlvFeed feed;
  Bytes config = avc_config();
  config[5 + 4] = 0xFD;  // two bytes
  ASSERT_TRUE(feed.video(0, config, kNow));
  EXPECT_TRUE(taken<FeedUnit>(feed.video(0, from_hex("2701000000 0002 6588"), kNow)).keyframe);
}

TEST(FlvFeed, ConfigurationsMustParse) {
  FlvFeed feed;
  const Bytes whole = avc_config();
  for (size_t size = 5; size < whole.size(); ++size)
    EXPECT_FALSE(feed.video(0, ByteSpan(whole).first(size), kNow)) << size;
  EXPECT_EQ(reason(feed.video(0, from_hex("1700000000 0242c00a ffe1000167010001 68"), kNow)),
            DropReason::kMalformed);
  EXPECT_EQ(reason(feed.video(0, from_hex("1700000000 0142c00a ffe0 00"), kNow)),
            DropReason::kMalformed)
      << "no parameter sets";
  EXPECT_EQ(reason(feed.audio(0, from_hex("af00 12"), kNow)), DropReason::kTruncated);
  Bytes huge = from_hex("af00");
  huge.resize(huge.size() + kMaxCodecConfigBytes + 1);
  EXPECT_EQ(reason(feed.audio(0, huge, kNow)), DropReason::kTooLarge);
}

// An HEVCDecoderConfigurationRecord with a VPS, an SPS and a PPS, shortened, and what it becomes.
constexpr char kHvcc[] =
    "01 01 60000000 900000000000 5d f000 fc fd f8 f8 0000 0f 03"
    "a0 0001 0004 40010c01 a1 0001 0003 420101 a2 0001 0003 4401c0";
constexpr char kHevcSets[] = "00000001 40010c01 00000001 420101 00000001 4401c0";

TEST(FlvFeed, H265LeavesWithStartCodesAndItsParameterSets) {
  FlvFeed feed;
  EXPECT_EQ(reason(feed.video(0, from_hex("93 68766331 00000003 2601aa"), kNow)),
            DropReason::kWrongState);
  const Bytes config = from_hex(std::string("90 68766331") + kHvcc);
  const FeedTrack track = taken<FeedTrack>(feed.video(0, config, kNow));
  EXPECT_EQ(track.codec, FeedCodec::kH265);
  EXPECT_EQ(track.config, Bytes());
  EXPECT_TRUE(nothing(feed.video(0, config, kNow))) << "the same again";

  const FeedUnit key =
      taken<FeedUnit>(feed.video(40, from_hex("91 68766331 000028 00000003 2601aa"), kNow));
  EXPECT_TRUE(key.keyframe);
  EXPECT_EQ(key.codec, FeedCodec::kH265);
  EXPECT_EQ(key.pts - key.dts, Flicks(40ms));
  EXPECT_EQ(key.data, from_hex(std::string(kHevcSets) + "00000001 2601aa"));
  const FeedUnit other = taken<FeedUnit>(
      feed.video(80, from_hex("a3 68766331 00000003 0201bb 00000000 00000003 0201cc"), kNow));
  EXPECT_FALSE(other.keyframe);
  EXPECT_EQ(other.data, from_hex("00000001 0201bb 00000001 0201cc"));
  const FeedUnit own = taken<FeedUnit>(
      feed.video(120, from_hex("93 68766331 00000003 4201dd 00000003 2601aa"), kNow));
  EXPECT_EQ(own.data, from_hex("00000001 4201dd 00000001 2601aa")) << "it has brought its own";
  EXPECT_EQ(reason(feed.video(160, from_hex("a3 68766331 00000004 0201bb"), kNow)),
            DropReason::kTruncated);
  EXPECT_EQ(reason(feed.video(160, avc_frame(true), kNow)), DropReason::kWrongState)
      << "of another codec than was said";
  (void)taken<FeedTrack>(feed.video(200, avc_config(), kNow));
  (void)taken<FeedUnit>(feed.video(200, avc_frame(true), kNow));
}

TEST(FlvFeed, AnH265ConfigurationThatCannotBe) {
  const std::string whole = kHvcc;
  const auto given = [](const std::string& hex) {
    return reason(FlvFeed().video(0, from_hex("90 68766331" + hex), kNow));
  };
  EXPECT_EQ(given(whole), DropReason::kNone);
  EXPECT_EQ(given("02" + whole.substr(2)), DropReason::kMalformed);
  EXPECT_EQ(given(whole.substr(0, whole.size() - 2)), DropReason::kTruncated);
  EXPECT_EQ(given(whole.substr(0, whole.find("03a0")) + "00"), DropReason::kMalformed);
}

TEST(FlvFeed, Av1LeavesWithItsSequenceHeaderBeforeKeyframes) {
  FlvFeed feed;
  const FeedTrack track =
      taken<FeedTrack>(feed.video(0, from_hex("90 61763031 81 00 0c 00 0a 02 aabb"), kNow));
  EXPECT_EQ(track.codec, FeedCodec::kAv1);
  EXPECT_EQ(track.config, Bytes());
  const auto data = [&](const char* body) {
    return taken<FeedUnit>(feed.video(40, from_hex(body), kNow)).data;
  };
  EXPECT_EQ(data("91 61763031 32 01 cc"), from_hex("0a02aabb 3201cc"));
  EXPECT_EQ(data("93 61763031 12 00 32 01 cc"), from_hex("1200 0a02aabb 3201cc"))
      << "behind a temporal delimiter";
  EXPECT_EQ(data("91 61763031 0a 01 dd 32 01 cc"), from_hex("0a01dd 3201cc"));
  EXPECT_EQ(data("a1 61763031 32 01 cc"), from_hex("3201cc")) << "no keyframe";
  EXPECT_EQ(reason(feed.video(80, from_hex("91 61763031 32 05 cc"), kNow)), DropReason::kTruncated);
  EXPECT_EQ(reason(feed.video(80, from_hex("90 61763031 01 00 0c 00"), kNow)),
            DropReason::kMalformed);
  EXPECT_EQ(reason(feed.video(80, from_hex("90 61763031 81 00"), kNow)), DropReason::kTruncated);
}

TEST(FlvFeed, UnsupportedCodecIsNamed) {
  FlvFeed feed;
  EXPECT_EQ(feed.video(0, from_hex("90 76703039 01"), kNow).error().codec, "vp09");
  EXPECT_EQ(feed.audio(0, from_hex("2f ff"), kNow).error().codec, "MP3");
}

}  // namespace
}  // namespace longmen::rtmp
