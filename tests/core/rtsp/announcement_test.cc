#include "core/rtsp/announcement.h"

#include <gtest/gtest.h>

#include "tests/core/rtsp/announcements.h"

namespace longmen::rtsp {
namespace {

constexpr char kHead[] = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

std::vector<AnnouncedTrack> tracks_of(const std::string& media) {
  const auto tracks = read_announcement(kHead + media);
  EXPECT_TRUE(tracks) << tracks.error().message;
  return tracks.value_or(std::vector<AnnouncedTrack>{});
}
std::string error_of(const std::string& media) {
  const auto tracks = read_announcement(kHead + media);
  return tracks ? "" : tracks.error().message;
}

TEST(RtspAnnouncement, FfmpegsIsRead) {
  const auto read = read_announcement(test::kFfmpegAnnouncement);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2u);
  const AnnouncedTrack &video = (*read)[0], &audio = (*read)[1];
  EXPECT_TRUE(video.video);
  EXPECT_EQ(video.codec, FeedCodec::kH264);
  EXPECT_EQ(video.payload_type, 96);
  EXPECT_EQ(video.control, "streamid=0");
  EXPECT_EQ(Bytes(video.parameter_sets.begin(), video.parameter_sets.begin() + 6),
            (Bytes{0, 0, 0, 1, 0x67, 0x42}));
  EXPECT_EQ(audio.codec, FeedCodec::kAac);
  EXPECT_EQ(audio.clock_rate, 48'000u);
  EXPECT_EQ(audio.audio_config, (Bytes{0x11, 0x90}));
  EXPECT_EQ(audio.size_bits, 13);
  EXPECT_EQ(audio.index_delta_bits, 3);
}

TEST(RtspAnnouncement, OtherCodecsAreRead) {
  auto read = tracks_of(
      "m=video 0 RTP/AVP 96\r\na=rtpmap:96 h265/90000\r\n"
      "a=fmtp:96 sprop-vps=QAEM;sprop-sps=QgEB;sprop-pps=RAHB\r\n"
      "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 OPUS/48000/2\r\n");
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].codec, FeedCodec::kH265);
  EXPECT_EQ(read[0].parameter_sets.size(), 3u * (4 + 3));
  EXPECT_EQ(read[1].codec, FeedCodec::kOpus);
  read = tracks_of("m=audio 0 RTP/AVP 8\r\nm=video 0 RTP/AVP 98\r\na=rtpmap:98 VP9/90000\r\n");
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].codec, FeedCodec::kPcma);
  EXPECT_EQ(read[0].clock_rate, 8000u);
  EXPECT_EQ(read[1].codec, FeedCodec::kVp9);
  read = tracks_of("m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n");
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].codec, FeedCodec::kPcmu);
}

TEST(RtspAnnouncement, WhatIsNotTakenIsSaid) {
  EXPECT_EQ(error_of("m=video 0 RTP/AVP 96\r\na=rtpmap:96 AV1/90000\r\n"),
            "video codec AV1 is not supported; send H.264, H.265, VP8 or VP9");
  EXPECT_EQ(error_of("m=audio 0 RTP/AVP 96\r\na=rtpmap:96 L16/48000/2\r\n"),
            "audio codec L16 is not supported; send AAC (MPEG4-GENERIC), Opus or G.711 (PCMA, "
            "PCMU)");
  EXPECT_EQ(error_of("m=audio 0 RTP/AVP 96\r\na=rtpmap:96 PCMA/16000\r\n"),
            "G.711 is supported at 8000 Hz with one channel");
  EXPECT_EQ(error_of("m=video 0 RTP/AVP 96\r\n"),
            "payload type 96 has no rtpmap with a clock rate");
  EXPECT_EQ(error_of("m=video 0 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\n"),
            "RTP/SAVP is not supported; send RTP/AVP");
  EXPECT_EQ(error_of("m=text 0 RTP/AVP 96\r\na=rtpmap:96 t140/1000\r\n"),
            "a track of kind text is not supported; send video and audio");
  EXPECT_EQ(error_of("m=audio 0 RTP/AVP 0\r\nm=audio 0 RTP/AVP 8\r\n"),
            "more than one audio track; one is taken");
  EXPECT_EQ(error_of(""), "the description has neither video nor audio");
  const std::string aac = "m=audio 0 RTP/AVP 96\r\na=rtpmap:96 MPEG4-GENERIC/48000/2\r\na=fmtp:96 ";
  EXPECT_EQ(error_of(aac + "sizelength=13;indexlength=3;indexdeltalength=3;config=zz\r\n"),
            "AAC: config is no AudioSpecificConfig that can be decoded");
  EXPECT_EQ(error_of(aac + "sizelength=99;config=1190\r\n"),
            "AAC: sizelength, indexlength and indexdeltalength are not 1 to 16 bits");
}

}  // namespace
}  // namespace longmen::rtsp
