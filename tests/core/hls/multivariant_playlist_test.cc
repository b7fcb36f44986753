#include "core/hls/multivariant_playlist.h"

#include <gtest/gtest.h>

namespace longmen::hls {
namespace {

const HlsGrid kGrid(std::chrono::seconds(1), 5);

TEST(MultivariantPlaylist, IsExactlyThis) {
  const std::vector<VideoVariant> variants{{"v0/index.m3u8", 1280, 720, 30, 2000, "avc1.64001f"},
                                           {"v1/index.m3u8", 640, 360, 30, 500, "avc1.64001e"}};
  const std::vector<SoundRendition> sounds{{"audio/index.m3u8", 128, "mp4a.40.2", "", ""}};
  const std::string expected =
      "#EXTM3U\n"
      "#EXT-X-VERSION:9\n"
      "#EXT-X-INDEPENDENT-SEGMENTS\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"sound\",DEFAULT=YES,"
      "AUTOSELECT=YES,CHANNELS=\"2\",URI=\"audio/index.m3u8\"\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=2798752,AVERAGE-BANDWIDTH=2147552,"
      "CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720,FRAME-RATE=30.000,"
      "VIDEO-RANGE=SDR,AUDIO=\"sound\",CLOSED-CAPTIONS=NONE\n"
      "v0/index.m3u8\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=848752,AVERAGE-BANDWIDTH=647552,"
      "CODECS=\"avc1.64001e,mp4a.40.2\",RESOLUTION=640x360,FRAME-RATE=30.000,"
      "VIDEO-RANGE=SDR,AUDIO=\"sound\",CLOSED-CAPTIONS=NONE\n"
      "v1/index.m3u8\n";
  EXPECT_EQ(write_multivariant_playlist(variants, sounds, kGrid), expected);
  MultivariantOptions options;
  options.sound_alone = true;
  EXPECT_EQ(write_multivariant_playlist(variants, sounds, kGrid, options),
            expected +
                "#EXT-X-STREAM-INF:BANDWIDTH=188832,AVERAGE-BANDWIDTH=137632,CODECS=\"mp4a.40.2\","
                "AUDIO=\"sound\",CLOSED-CAPTIONS=NONE\n"
                "audio/index.m3u8\n");
}

TEST(MultivariantPlaylist, ClosedCaptionsAreOfThePicturesAndNoVariantSaysNone) {
  MultivariantOptions options;
  options.closed_captions = true;
  options.sound_alone = true;
  const std::string text =
      write_multivariant_playlist({{"v0/index.m3u8", 1280, 720, 30, 2000, "avc1.64001f"}},
                                  {{"audio/index.m3u8", 128, "mp4a.40.2"}}, kGrid, options);
  EXPECT_NE(text.find("AUDIO=\"sound\",CLOSED-CAPTIONS=\"cc\"\nv0"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("AUDIO=\"sound\"\naudio/index.m3u8\n")) << text;
}

TEST(MultivariantPlaylist, EveryVariantNamesTheSubtitles) {
  MultivariantOptions options;
  options.subtitles = {{"captions/zh-Hans/index.m3u8", "zh-Hans", "中文"},
                       {"captions/en/index.m3u8", "en", "en"}};
  options.sound_alone = true;
  const std::string text =
      write_multivariant_playlist({{"v0/index.m3u8", 1280, 720, 30, 2000, "avc1.64001f"}},
                                  {{"audio/index.m3u8", 128, "mp4a.40.2"}}, kGrid, options);
  EXPECT_NE(text.find("#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"captions\",NAME=\"中文\","
                      "LANGUAGE=\"zh-Hans\",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,"
                      "URI=\"captions/zh-Hans/index.m3u8\"\n"),
            std::string::npos);
  EXPECT_NE(text.find("CLOSED-CAPTIONS=NONE,SUBTITLES=\"captions\"\nv0"), std::string::npos);
  EXPECT_NE(text.find("AUDIO=\"sound\",CLOSED-CAPTIONS=NONE,SUBTITLES=\"captions\"\naudio"),
            std::string::npos);
}

TEST(MultivariantPlaylist, TwoLanguagesAreAGroupOfWhichTheFirstIsTheDefault) {
  MultivariantOptions options;
  options.sound_alone = true;
  const std::string text =
      write_multivariant_playlist({{"v0/index.m3u8", 1280, 720, 30, 2000, "avc1.64001f"}},
                                  {{"audio/index.m3u8", 128, "mp4a.40.2", "zh", "普通话"},
                                   {"audio2/index.m3u8", 128, "mp4a.40.2", "ug", "ئۇيغۇرچە"}},
                                  kGrid, options);
  EXPECT_NE(text.find("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",LANGUAGE=\"zh\","
                      "NAME=\"普通话\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\","
                      "URI=\"audio/index.m3u8\"\n"
                      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",LANGUAGE=\"ug\","
                      "NAME=\"ئۇيغۇرچە\",DEFAULT=NO,AUTOSELECT=YES,CHANNELS=\"2\","
                      "URI=\"audio2/index.m3u8\"\n"),
            std::string::npos)
      << text;
  EXPECT_TRUE(text.ends_with("AUDIO=\"sound\",CLOSED-CAPTIONS=NONE\naudio/index.m3u8\n")) << text;
}

TEST(MultivariantPlaylist, WhatWasCountedCountsAsFarAsItCan) {
  const SoundRendition sound{"audio/index.m3u8", 128, "mp4a.40.2", "", "", {0, 100'000}};
  MultivariantOptions options;
  options.sound_alone = true;
  const std::string text = write_multivariant_playlist(
      {{"v0/index.m3u8", 1280, 720, 30, 2000, "avc1.64001f", {0, 300'000}},
       {"v1/index.m3u8", 640, 360, 30, 500, "avc1.64001e", {0, 9'000'000}},
       {"v2/index.m3u8", 320, 180, 30, 250, "avc1.64000d", {410'000, 200'000}}},
      {sound}, kGrid, options);
  EXPECT_NE(text.find("BANDWIDTH=2798752,AVERAGE-BANDWIDTH=400000,"), std::string::npos) << text;
  EXPECT_NE(text.find("BANDWIDTH=848752,AVERAGE-BANDWIDTH=759920,"), std::string::npos) << text;
  EXPECT_NE(text.find("BANDWIDTH=598832,AVERAGE-BANDWIDTH=300000,"), std::string::npos) << text;
  EXPECT_NE(text.find("BANDWIDTH=188832,AVERAGE-BANDWIDTH=100000,"), std::string::npos) << text;
}

// VBV: what an encoder may send within a segment is its rate for that long and 300 ms of it.
TEST(MultivariantPlaylist, ThePeakFollowsFromTheVbv) {
  EXPECT_EQ(video_bandwidth(2000, 30, kGrid).average, 2'000'000 + 8 * (5 * 128 + 30 * 20));
  EXPECT_EQ(video_bandwidth(2000, 30, kGrid).peak - video_bandwidth(2000, 30, kGrid).average,
            600'000);
  const HlsGrid two(std::chrono::seconds(2), 10);
  EXPECT_EQ(video_bandwidth(2000, 30, two).peak - video_bandwidth(2000, 30, two).average, 300'000);
}

}  // namespace
}  // namespace longmen::hls
