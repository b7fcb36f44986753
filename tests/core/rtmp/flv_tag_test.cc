#include "core/rtmp/flv_tag.h"

#include <gtest/gtest.h>

#include "core/rtmp/enhanced.h"
#include "tests/support/rtmp_client.h"

namespace longmen::rtmp {
namespace {

using test::from_hex;
using Kind = FlvTag::Kind;

// "avc1" 61766331, "hvc1" 68766331, "av01" 61763031, "vp09" 76703039, "mp4a" 6d703461,
// "Opus" 4f707573.

struct Read {
  Bytes bytes;
  FlvResult<FlvTag> tag;
  Read(const char* hex, bool video)
      : bytes(from_hex(hex)), tag(video ? read_video_tag(bytes) : read_audio_tag(bytes)) {}
  FlvTag operator*() const {
    EXPECT_TRUE(tag) << drop_reason_name(tag.error().reason) << " " << tag.error().codec;
    return tag ? *tag : FlvTag{};
  }
  std::string codec() const { return tag ? "accepted" : tag.error().codec; }
  DropReason reason() const { return tag ? DropReason::kNone : tag.error().reason; }
  std::string body() const {
    std::string hex;
    for (const uint8_t byte : (**this).body) {
      hex += "0123456789abcdef"[byte >> 4];
      hex += "0123456789abcdef"[byte & 15];
    }
    return hex;
  }
};
Read video(const char* hex) {
  return Read(hex, true);
}
Read audio(const char* hex) {
  return Read(hex, false);
}

TEST(VideoTag, AvcSequenceHeader) {
  const Read read = video("17 00 000000 0142c00a");
  EXPECT_EQ((*read).kind, Kind::kConfig);
  EXPECT_EQ(read.body(), "0142c00a");
}

TEST(VideoTag, AvcFramesWithCompositionTime) {
  const Read key = video("17 01 000050 aabb");
  EXPECT_EQ((*key).kind, Kind::kFrame);
  EXPECT_TRUE((*key).keyframe);
  EXPECT_EQ((*key).composition_ms, 80);
  EXPECT_EQ(key.body(), "aabb");
  const Read inter = video("27 01 fffff6 cc");
  EXPECT_FALSE((*inter).keyframe);
  EXPECT_EQ((*inter).composition_ms, -10);
}

TEST(VideoTag, AvcEndOfSequenceWithAndWithoutTime) {
  EXPECT_EQ((*video("17 02 000000")).kind, Kind::kEnd);
  EXPECT_EQ((*video("17 02")).kind, Kind::kEnd);
}

TEST(VideoTag, CommandFramesAreNothing) {
  EXPECT_EQ((*video("57 00")).kind, Kind::kNothing);
  EXPECT_EQ((*video("d1 00")).kind, Kind::kNothing) << "enhanced, without a FourCC";
}

TEST(VideoTag, OtherCodecsAreNamed) {
  EXPECT_EQ(video("12 00").codec(), "Sorenson H.263");
  EXPECT_EQ(video("13 00").codec(), "Screen video");
  EXPECT_EQ(video("24 00").codec(), "On2 VP6");
  EXPECT_EQ(video("1c 00 000000").codec(), "HEVC (FLV codec 12, not Enhanced RTMP)");
  EXPECT_EQ(video("1d 00").codec(), "FLV video codec 13");
  EXPECT_EQ(video("12 00").reason(), DropReason::kUnsupported);
}

TEST(VideoTag, TruncatedOrWrong) {
  EXPECT_EQ(video("").reason(), DropReason::kTruncated);
  EXPECT_EQ(video("17").reason(), DropReason::kTruncated);
  EXPECT_EQ(video("17 01 0000").reason(), DropReason::kTruncated);
  EXPECT_EQ(video("17 03 000000").reason(), DropReason::kMalformed);
  EXPECT_EQ(video("17 03 000000").codec(), "");
}

TEST(ExVideoTag, SequenceStart) {
  const Read read = video("90 61766331 0142c00a");
  EXPECT_EQ((*read).kind, Kind::kConfig);
  EXPECT_EQ(read.body(), "0142c00a");
}

TEST(ExVideoTag, CodedFramesHaveACompositionTimeAndCodedFramesXDoNot) {
  const Read frames = video("a1 61766331 000021 aabb");
  EXPECT_EQ((*frames).kind, Kind::kFrame);
  EXPECT_FALSE((*frames).keyframe);
  EXPECT_EQ((*frames).composition_ms, 33);
  EXPECT_EQ(frames.body(), "aabb");
  const Read framesx = video("93 61766331 aabb");
  EXPECT_TRUE((*framesx).keyframe);
  EXPECT_EQ((*framesx).composition_ms, 0);
  EXPECT_EQ(framesx.body(), "aabb");
}

TEST(ExVideoTag, SequenceEndAndMetadata) {
  EXPECT_EQ((*video("92 61766331")).kind, Kind::kEnd);
  EXPECT_EQ((*video("94 68766331 02 0009 636f6c6f72496e666f")).kind, Kind::kNothing);
  EXPECT_EQ((*video("d4 61766331 02 0000")).kind, Kind::kNothing)
      << "the frame type is ignored for metadata";
}

TEST(ExVideoTag, OtherFourCcsAreNamed) {
  EXPECT_EQ(video("90 76703039 01").codec(), "vp09");
  EXPECT_EQ(video("90 76703038 01").codec(), "vp08");
  EXPECT_EQ(video("90 68657631 01").codec(), "hev1");
  EXPECT_EQ(video("90 00010203 01").codec(), "????");
}

TEST(ExVideoTag, H265HasACompositionTimeAndAv1DoesNot) {
  const Read h265 = video("91 68766331 000021 aabb");
  EXPECT_EQ((*h265).codec, FeedCodec::kH265);
  EXPECT_EQ((*h265).composition_ms, 33);
  EXPECT_EQ(h265.body(), "aabb");
  const Read av1 = video("91 61763031 000021 aabb");
  EXPECT_EQ((*av1).codec, FeedCodec::kAv1);
  EXPECT_EQ((*av1).composition_ms, 0);
  EXPECT_EQ(av1.body(), "000021aabb");
  EXPECT_EQ(video("95 61763031 01").reason(), DropReason::kUnsupported) << "MPEG2TSSequenceStart";
}

TEST(ExVideoTag, UnknownPacketTypeIsUnsupportedButNoCodecsFault) {
  EXPECT_EQ(video("98 61766331").reason(), DropReason::kUnsupported);
  EXPECT_EQ(video("98 61766331").codec(), "");
}

TEST(ExVideoTag, ModExCarriesNanoseconds) {
  const Read read = video("97 02 07a120 01 61766331 000000 aa");
  EXPECT_EQ((*read).kind, Kind::kFrame);
  EXPECT_EQ((*read).nanoseconds, 500'000u);
  EXPECT_EQ(read.body(), "aa");
  EXPECT_EQ((*video("97 02 0f4240 03 61766331 aa")).nanoseconds, 0u) << "a whole millisecond";
  EXPECT_EQ((*video("97 00 ff 13 61766331 aa")).nanoseconds, 0u) << "another modifier";
}

TEST(ExVideoTag, ModExMayRepeatAndBeLong) {
  std::string hex = "97 00 11 17 ff 0100";
  for (int count = 0; count < 257; ++count)
    hex += "00";
  const Read read = video((hex + "13 61766331 bb").c_str());
  EXPECT_EQ(read.body(), "bb");
  EXPECT_EQ(video("97 ff 0100 00").reason(), DropReason::kTruncated);
}

TEST(ExVideoTag, MultitrackOfOneTrack) {
  const Read read = video("96 01 61766331 00 000000 aa");
  EXPECT_EQ((*read).kind, Kind::kFrame);
  EXPECT_EQ(read.body(), "aa");
  EXPECT_EQ((*video("96 01 61766331 01 000000 aa")).kind, Kind::kNothing) << "track 1";
}

TEST(ExVideoTag, MultitrackTakesTrackZeroWhereverItIs) {
  EXPECT_EQ(video("96 13 61766331 01 000002 aaaa 00 000001 bb").body(), "bb");
  EXPECT_EQ(video("96 23 76703039 01 000002 aaaa 61766331 00 000001 bb").body(), "bb");
  EXPECT_EQ(video("96 23 61766331 01 000002 aaaa 76703039 00 000001 bb").codec(), "vp09");
}

TEST(ExVideoTag, MultitrackTruncatedOrNested) {
  EXPECT_EQ(video("96 13 61766331 00 000003 aaaa").reason(), DropReason::kTruncated);
  EXPECT_EQ(video("96 16 61766331").reason(), DropReason::kMalformed);
  EXPECT_EQ(video("96 33 61766331").reason(), DropReason::kUnsupported);
  EXPECT_EQ(video("96").reason(), DropReason::kTruncated);
}

TEST(AudioTag, AacConfigAndFrames) {
  const Read config = audio("af 00 1210");
  EXPECT_EQ((*config).kind, Kind::kConfig);
  EXPECT_EQ(config.body(), "1210");
  const Read frame = audio("af 01 2110");
  EXPECT_EQ((*frame).kind, Kind::kFrame);
  EXPECT_TRUE((*frame).keyframe);
  EXPECT_EQ(frame.body(), "2110");
  EXPECT_EQ(audio("af 02").reason(), DropReason::kMalformed);
  EXPECT_EQ(audio("af").reason(), DropReason::kTruncated);
  EXPECT_EQ(audio("").reason(), DropReason::kTruncated);
}

TEST(AudioTag, OtherCodecsAreNamed) {
  EXPECT_EQ(audio("2f ff").codec(), "MP3");
  EXPECT_EQ(audio("b2 00").codec(), "Speex");
  EXPECT_EQ(audio("6a 00").codec(), "Nellymoser");
  EXPECT_EQ(audio("3e 00").codec(), "PCM");
  EXPECT_EQ(audio("e2 00").codec(), "MP3 8 kHz");
  EXPECT_EQ(audio("c2 00").codec(), "FLV sound format 12");
}

TEST(ExAudioTag, AacUnderItsFourCc) {
  EXPECT_EQ((*audio("90 6d703461 1210")).kind, Kind::kConfig);
  EXPECT_EQ(audio("91 6d703461 2110").body(), "2110");
  EXPECT_EQ((*audio("92 6d703461")).kind, Kind::kEnd);
  EXPECT_EQ((*audio("94 6d703461 01 02 00000003")).kind, Kind::kNothing) << "MultichannelConfig";
  EXPECT_EQ(audio("95 01 6d703461 00 2110").body(), "2110");
  EXPECT_EQ((*audio("97 02 000001 01 6d703461 2110")).nanoseconds, 1u);
}

TEST(ExAudioTag, OtherFourCcsAreNamed) {
  EXPECT_EQ(audio("90 4f707573 00").codec(), "Opus");
  EXPECT_EQ(audio("91 664c6143 00").codec(), "fLaC");
}

TEST(FourCcs, AreTheirLetters) {
  EXPECT_EQ(four_cc("avc1"), 0x61766331u);
  EXPECT_EQ(four_cc_text(0x61766331), "avc1");
}

}  // namespace
}  // namespace longmen::rtmp
