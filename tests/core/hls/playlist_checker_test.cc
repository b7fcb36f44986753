#include "core/hls/playlist_checker.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/hls/live_channel.h"
#include "core/hls/media_playlist.h"
#include "core/hls/rendition_agreement.h"
#include "core/time/generation_time.h"
#include "tests/core/hls/findings_of.h"
#include "tests/core/hls/made_up_channel.h"

namespace longmen::hls {
namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

const std::string kGood =
    "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:1\n"
    "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6.0,HOLD-BACK=3.0,"
    "PART-HOLD-BACK=1.5\n"
    "#EXT-X-PART-INF:PART-TARGET=0.5\n#EXT-X-MEDIA-SEQUENCE:10\n"
    "#EXT-X-DISCONTINUITY-SEQUENCE:2\n#EXT-X-MAP:URI=\"i.mp4\"\n"
    "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n"
    "#EXT-X-PART:DURATION=0.5,URI=\"10.0\",INDEPENDENT=YES\n"
    "#EXT-X-PART:DURATION=0.5,URI=\"10.1\"\n"
    "#EXTINF:1.0,\n10\n"
    "#EXT-X-PART:DURATION=0.5,URI=\"11.0\",INDEPENDENT=YES\n"
    "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"11.1\"\n"
    "#EXT-X-RENDITION-REPORT:URI=\"../a\",LAST-MSN=11,LAST-PART=0\n";

std::string tens(int first, int discontinuity_sequence, std::string_view segments) {
  return fmt::format(
      "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:10\n"
      "#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=60\n#EXT-X-MEDIA-SEQUENCE:{}\n"
      "#EXT-X-DISCONTINUITY-SEQUENCE:{}\n{}",
      first, discontinuity_sequence, segments);
}
std::string ten_seconds_each(int from, int to) {
  std::string text;
  for (int number = from; number < to; ++number)
    text += fmt::format("#EXTINF:10,\n{}\n", number);
  return text;
}

// The sections of what is found.
std::vector<std::string> sections(PlaylistChecker& checker, const std::string& text,
                                  const DeliveryDirectives& asked = {}) {
  const auto playlist = read_media_playlist(text);
  EXPECT_TRUE(playlist) << playlist.error().message;
  return test::sections_of(checker.handle(*playlist, asked));
}
std::vector<std::string> sections(const std::string& text, const DeliveryDirectives& asked = {}) {
  PlaylistChecker checker;
  return sections(checker, text, asked);
}
using Sections = std::vector<std::string>;

TEST(PlaylistReader, ReadsWhatIsTold) {
  const auto playlist = read_media_playlist(kGood);
  ASSERT_TRUE(playlist);
  EXPECT_EQ(playlist->version, 9);
  EXPECT_EQ(playlist->part_hold_back_s, 1.5);
  ASSERT_EQ(playlist->segments.size(), 2U);
  EXPECT_EQ(playlist->segments[0].uri, "10");
  EXPECT_EQ(playlist->segments[1].media_sequence, 11);
  EXPECT_EQ(playlist->segments[1].uri, "");
  EXPECT_EQ(playlist->segments[1].map_uri, "i.mp4");
  EXPECT_TRUE(playlist->segments[1].parts[0].independent);
  EXPECT_EQ(playlist->preload_hint.uri, "11.1");
  EXPECT_EQ(playlist->reports[0].last_msn, 11);
}

TEST(PlaylistReader, ReadsWhatAppliesToSegments) {
  const auto playlist = read_media_playlist(
      "#EXTM3U\n#EXTINF:1,\n0\n#EXT-X-BITRATE:100\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n"
      "#EXTINF:1,\n1\n#EXT-X-BYTERANGE:10@0\n#EXTINF:1,\n2\n#EXT-X-BITRATE:200\n"
      "#EXT-X-KEY:METHOD=NONE\n#EXTINF:1,\n3\n"
      "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"4\",BYTERANGE-START=7\n");
  ASSERT_TRUE(playlist);
  const auto& segments = playlist->segments;
  EXPECT_FALSE(segments[0].bitrate_kbps || segments[0].encrypted);
  EXPECT_EQ(segments[1].bitrate_kbps, 100);
  EXPECT_TRUE(segments[1].encrypted && segments[2].encrypted);
  EXPECT_FALSE(segments[2].bitrate_kbps) << "a range has none";
  EXPECT_EQ(segments[3].bitrate_kbps, 200);
  EXPECT_FALSE(segments[3].encrypted);
  EXPECT_EQ(playlist->preload_hint, (ToldHint{"4", 7, std::nullopt}));
}

TEST(PlaylistReader, WhatCannotBeReadIsSaid) {
  for (const char* text :
       {"", "#EXTINF:1,\nx\n", "#EXTM3U\n#EXTINF:x,\na\n", "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:-1\n",
        "#EXTM3U\n#EXT-X-PART:URI=\"a\"\n", "#EXTM3U\n#EXT-X-VERSION:99999999999\n"})
    EXPECT_FALSE(read_media_playlist(text)) << text;
  EXPECT_FALSE(read_multivariant_playlist("#EXTM3U\n"));
}

TEST(PlaylistReader, ReadsVariantsAndTheirSound) {
  const auto playlist = read_multivariant_playlist(
      "#EXTM3U\r\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"s\",NAME=\"a,b\",URI=\"audio.m3u8\"\r\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=100,CODECS=\"avc1.64001f,mp4a.40.2\",AUDIO=\"s\","
      "CLOSED-CAPTIONS=NONE\r\nv.m3u8\r\n");
  ASSERT_TRUE(playlist);
  ASSERT_EQ(playlist->variants.size(), 1U);
  EXPECT_EQ(playlist->variants[0].codecs, "avc1.64001f,mp4a.40.2");
  EXPECT_EQ(playlist->variants[0].bandwidth, 100);
  EXPECT_EQ(playlist->variants[0].uri, "v.m3u8");
  EXPECT_EQ(playlist->variants[0].closed_captions, "NONE");
  EXPECT_EQ(playlist->variants[0].line, 3U);
  ASSERT_EQ(playlist->renditions.size(), 1U);
  EXPECT_EQ(playlist->renditions[0].group, "s");
  EXPECT_EQ(playlist->renditions[0].name, "a,b");
  EXPECT_EQ(playlist->renditions[0].uri, "audio.m3u8");
}

TEST(PlaylistReader, ARangeFollowsTheOneBeforeIt) {
  const auto playlist = read_media_playlist(
      "#EXTM3U\n#EXT-X-MAP:URI=\"a\",BYTERANGE=\"100\"\n"
      "#EXT-X-PART:DURATION=1,URI=\"a\",BYTERANGE=\"50@100\"\n"
      "#EXT-X-PART:DURATION=1,URI=\"a\",BYTERANGE=\"60\"\n"
      "#EXT-X-BYTERANGE:110@100\n#EXTINF:2,\na\n"
      "#EXT-X-BYTERANGE:90\n#EXTINF:2,\na\n#EXT-X-BYTERANGE:90\n#EXTINF:2,\nb\n");
  ASSERT_TRUE(playlist);
  ASSERT_EQ(playlist->segments.size(), 3U);
  EXPECT_EQ(playlist->segments[0].map_range->offset, 0);
  EXPECT_EQ(playlist->segments[0].parts[1].byte_range->offset, 150);
  EXPECT_EQ(playlist->segments[1].byte_range->offset, 210);
  EXPECT_EQ(playlist->segments[1].byte_range->length, 90);
  EXPECT_FALSE(playlist->segments[2].byte_range->offset) << "it is of another resource";
}

TEST(PlaylistChecker, FindsNothingInWhatIsRight) {
  EXPECT_EQ(sections(kGood), Sections{});
}

TEST(PlaylistChecker, FindsWhatIsWrongWithOnePlaylist) {
  EXPECT_EQ(sections(replaced(kGood, "#EXT-X-TARGETDURATION:1\n", "")), Sections{"!4.4.3.1"});
  EXPECT_EQ(sections(replaced(kGood, "EXTINF:1.0", "EXTINF:1.6")),
            (Sections{"!4.4.3.1", "!4.4.4.9"}));
  EXPECT_EQ(sections(replaced(kGood, "HOLD-BACK=3.0", "HOLD-BACK=2.9")), Sections{"!4.4.3.8"});
  EXPECT_EQ(sections(replaced(kGood, "UNTIL=6.0", "UNTIL=5.0")), Sections{"!4.4.3.8"});
  EXPECT_EQ(sections(replaced(kGood, "PART-HOLD-BACK=1.5", "PART-HOLD-BACK=0.9")),
            Sections{"!4.4.3.8"});
  EXPECT_EQ(sections(replaced(kGood, "PART-HOLD-BACK=1.5", "PART-HOLD-BACK=1.2")),
            Sections{"4.4.3.8"});
  EXPECT_EQ(sections(replaced(kGood, "CAN-BLOCK-RELOAD=YES,", "")), Sections{"!B.1"});
  EXPECT_EQ(sections(replaced(kGood, "#EXT-X-PART-INF:PART-TARGET=0.5\n", "")).front(), "!4.4.3.7");
  EXPECT_EQ(sections(replaced(kGood, "0.5,URI=\"10.0\"", "0.55,URI=\"10.0\"")),
            (Sections{"!4.4.4.9", "!4.4.4.9"}));  // too long, and not the segment's sum
  EXPECT_EQ(sections(replaced(kGood, "URI=\"10.1\"", "URI=\"10.1\",GAP=YES")), Sections{"!6.2.1"});
  EXPECT_EQ(sections(replaced(replaced(kGood, "URI=\"10.1\"", "URI=\"10.1\",GAP=YES"), "#EXTINF",
                              "#EXT-X-GAP\n#EXTINF")),
            Sections{});
  EXPECT_EQ(sections(replaced(kGood, "VERSION:9", "VERSION:5")), Sections{"!8"});
  EXPECT_EQ(sections(replaced(kGood, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"11.1\"\n", "")),
            Sections{"B.1"});
}

// "with the exception of Partial Segments with the INDEPENDENT=YES or GAP=YES attribute, Partial
// Segments that are immediately followed by [one] with a GAP=YES attribute, and the final [one]".
TEST(PlaylistChecker, APartIsNotMuchShorterThanItsTarget) {
  const auto with_parts = [](std::string_view attributes, std::string_view of_next) {
    return sections(replaced(
        kGood, "#EXT-X-PART:DURATION=0.5,URI=\"11.0\",INDEPENDENT=YES\n",
        fmt::format("#EXT-X-PART:DURATION=0.4,URI=\"11.0\"{}\n#EXT-X-PART:DURATION=0.5,URI=\"11.b\""
                    "{}\n#EXT-X-PART:DURATION=0.1,URI=\"11.c\"\n",
                    attributes, of_next)));
  };
  EXPECT_EQ(with_parts("", ""), Sections{"!4.4.4.9"});
  EXPECT_EQ(with_parts(",INDEPENDENT=YES", ""), Sections{});
  EXPECT_EQ(with_parts(",GAP=YES", ""), Sections{});
  EXPECT_EQ(with_parts("", ",GAP=YES"), Sections{});
  EXPECT_EQ(with_parts("", ",INDEPENDENT=YES"), Sections{"!4.4.4.9"});
}

TEST(PlaylistChecker, AnAnswerHasWhatWasAskedFor) {
  EXPECT_EQ(sections(kGood, {11, 0, false}), Sections{});
  EXPECT_EQ(sections(kGood, {10, std::nullopt, false}), Sections{});
  EXPECT_EQ(sections(kGood, {11, 1, false}), Sections{"!6.2.5.2"});
  EXPECT_EQ(sections(kGood, {11, std::nullopt, false}), Sections{"!6.2.5.2"});
  std::string before;
  for (const int number : {6, 7, 8, 9})
    before += fmt::format(
        "#EXT-X-PART:DURATION=0.5,URI=\"{0}.0\"\n#EXT-X-PART:DURATION=0.5,URI=\"{0}.1\"\n"
        "#EXTINF:1,\n{0}\n",
        number);
  const std::string delta =
      replaced(kGood, "#EXT-X-MAP", "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n" + before + "#EXT-X-MAP");
  EXPECT_EQ(sections(delta, {10, 1, true}), Sections{});
  EXPECT_EQ(sections(delta), Sections{"!6.2.5.1"});
}

TEST(PlaylistChecker, WhatWasToldStaysTrue) {
  const auto after = [](std::string_view from, std::string_view to) {
    PlaylistChecker checker;
    EXPECT_EQ(sections(checker, kGood), Sections{});
    return sections(checker, replaced(kGood, from, to));
  };
  EXPECT_EQ(after("#EXTM3U", "#EXTM3U"), Sections{});
  EXPECT_EQ(after("\n10\n", "\n10b\n"), Sections{"!6.2.1"});
  EXPECT_EQ(after("URI=\"10.1\"", "URI=\"10.1b\""), Sections{"!6.2.1"});
  EXPECT_EQ(after("DISCONTINUITY-SEQUENCE:2", "DISCONTINUITY-SEQUENCE:3"),
            (Sections{"!6.2.2", "!6.2.2"}));  // of both segments
  EXPECT_EQ(after("DISCONTINUITY-SEQUENCE:2", "DISCONTINUITY-SEQUENCE:1").front(), "!4.4.3.3");
  EXPECT_EQ(after("MEDIA-SEQUENCE:10", "MEDIA-SEQUENCE:9").front(), "!4.4.3.2");
  EXPECT_EQ(after("#EXT-X-PART:DURATION=0.5,URI=\"11.0\"",
                  "#EXT-X-PART:DURATION=0.5,URI=\"11.0\",GAP=YES"),
            Sections{"!6.2.1"});
}

TEST(PlaylistChecker, AMapAndADateStayThoseOfTheirSegment) {
  const auto after = [](std::string_view from, std::string_view to) {
    PlaylistChecker checker;
    EXPECT_EQ(sections(checker, kGood), Sections{});
    return sections(checker, replaced(kGood, from, to));
  };
  EXPECT_EQ(after("URI=\"i.mp4\"", "URI=\"j.mp4\""), (Sections{"!6.2.1", "!6.2.1"}))
      << "of both segments";
  EXPECT_EQ(after("URI=\"i.mp4\"", "URI=\"i.mp4\",BYTERANGE=\"10@0\""),
            (Sections{"!6.2.1", "!6.2.1"}));
  const auto gap = [](std::string text) {
    return replaced(text, "#EXTINF:1.0", "#EXT-X-GAP\n#EXTINF:1.0");
  };
  PlaylistChecker of_gap;
  EXPECT_EQ(sections(of_gap, gap(kGood)), Sections{});
  EXPECT_EQ(sections(of_gap, replaced(gap(kGood), "i.mp4", "j.mp4")), Sections{"!6.2.1"})
      << "of the second segment: a gap needs none";
  EXPECT_EQ(after("T00:00:00.000Z", "T00:00:00.002Z"), Sections{"!6.2.1"});
  EXPECT_EQ(after("T00:00:00.000Z", "T08:00:00.000+08:00"), Sections{}) << "it is the same";
  EXPECT_EQ(after("#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n", "").back(), "!6.2.1");
  const std::string ranged = replaced(kGood, "#EXTINF", "#EXT-X-BYTERANGE:10@0\n#EXTINF");
  PlaylistChecker checker;
  EXPECT_EQ(sections(checker, ranged), Sections{});
  EXPECT_EQ(sections(checker, replaced(ranged, "10@0", "11@0")), Sections{"!6.2.1"});
}

TEST(PlaylistChecker, DatesThatGoAreToldOnce) {
  const auto dated = [](bool all) {
    std::string segments =
        "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n" + ten_seconds_each(0, 1);
    for (int number = 1; number < 5; ++number) {
      if (all)
        segments += fmt::format("#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:{}0.000Z\n", number);
      segments += ten_seconds_each(number, number + 1);
    }
    return tens(0, 0, segments);
  };
  PlaylistChecker loses;
  EXPECT_EQ(sections(loses, dated(true)), Sections{});
  EXPECT_EQ(sections(loses, dated(false)), Sections{"!6.2.1"});
  PlaylistChecker gets;
  EXPECT_EQ(sections(gets, dated(false)), Sections{});
  EXPECT_EQ(sections(gets, dated(true)), Sections{"!6.2.1"});
}

TEST(PlaylistChecker, ADateRangeStaysWhatItIs) {
  const std::string range = "#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-01-01T00:00:00.000Z\"";
  PlaylistChecker checker;
  EXPECT_EQ(sections(checker, kGood + range + "\n"), Sections{});
  EXPECT_EQ(sections(checker, kGood + range + ",DURATION=4\n"), Sections{}) << "more is told";
  EXPECT_EQ(sections(checker, kGood), Sections{}) << "it has gone";
  EXPECT_EQ(sections(checker, kGood + range + ",DURATION=5\n"), Sections{"!4.4.5.1"});
}

TEST(PlaylistChecker, WhoSkipsIsAnsweredWithADeltaUpdate) {
  const auto long_one = [](int count) {
    std::string all;
    for (int number = 10; number < 10 + count; ++number)
      all += fmt::format("#EXTINF:1,\n{}\n", number);
    return "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:10\n"
           "#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=6\n" +
           all;
  };
  const DeliveryDirectives skip{std::nullopt, std::nullopt, true};
  EXPECT_EQ(sections(long_one(9), skip), Sections{"!6.2.5.1"});
  EXPECT_EQ(sections(long_one(8), skip), Sections{}) << "the boundary is that near";
  EXPECT_EQ(sections(long_one(9)), Sections{});
  EXPECT_EQ(sections(long_one(9) + "#EXT-X-ENDLIST\n", skip), Sections{}) << "it is to be ignored";
  EXPECT_EQ(sections(replaced(long_one(9), "#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=6\n", ""), skip),
            Sections{});
}

TEST(PlaylistChecker, WhatHasEndedHasNoHintAndStays) {
  EXPECT_EQ(sections(kGood + "#EXT-X-ENDLIST\n"), Sections{"!4.4.5.3"});
  const std::string ended = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n0\n#EXT-X-ENDLIST\n";
  PlaylistChecker checker;
  EXPECT_EQ(sections(checker, ended), Sections{});
  EXPECT_EQ(sections(checker, replaced(ended, "#EXT-X-ENDLIST\n", "")), Sections{"!4.4.3.4"});
  EXPECT_EQ(sections(checker, replaced(ended, "#EXT-X-ENDLIST", "#EXTINF:10,\n1\n#EXT-X-ENDLIST")),
            Sections{"!4.4.3.4"});
}

TEST(PlaylistChecker, AVodPlaylistDoesNotChange) {
  const std::string vod =
      "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:10,\n0\n"
      "#EXT-X-ENDLIST\n";
  const std::string other = replaced(vod, "#EXTINF:10,\n", "#EXTINF:10,title\n");
  PlaylistChecker checker;
  EXPECT_EQ(test::sections_of(checker.handle_text(vod)), Sections{});
  EXPECT_EQ(test::sections_of(checker.handle_text(vod)), Sections{});
  EXPECT_EQ(test::sections_of(checker.handle_text(other)), Sections{"!6.2.1"});
  PlaylistChecker live;
  live.handle_text(replaced(vod, "#EXT-X-PLAYLIST-TYPE:VOD\n", ""));
  EXPECT_EQ(test::sections_of(live.handle_text(replaced(other, "#EXT-X-PLAYLIST-TYPE:VOD\n", ""))),
            Sections{});
}

TEST(PlaylistChecker, SegmentsOfAnEventDoNotGo) {
  const std::string event = "#EXT-X-PLAYLIST-TYPE:EVENT\n";
  PlaylistChecker checker;
  EXPECT_EQ(sections(checker, tens(0, 0, event + ten_seconds_each(0, 6))), Sections{});
  EXPECT_EQ(sections(checker, tens(0, 0, event + ten_seconds_each(0, 7))), Sections{});
  EXPECT_EQ(sections(checker, tens(0, 0, event + ten_seconds_each(0, 5))), Sections{"!6.2.1"});
  PlaylistChecker live;
  sections(live, tens(0, 0, ten_seconds_each(0, 7)));
  EXPECT_EQ(sections(live, tens(0, 0, ten_seconds_each(0, 6))), Sections{})
      << "a cache may have the one before";
}

TEST(PlaylistChecker, APartWithoutItsTagIsToBeHadYet) {
  const auto with = [](std::string_view parts_of_3) {
    return tens(0, 0, ten_seconds_each(0, 3) + std::string(parts_of_3) + ten_seconds_each(3, 8));
  };
  const std::string parts =
      "#EXT-X-PART:DURATION=5,URI=\"3.0\"\n#EXT-X-PART:DURATION=5,URI=\"3.1\"\n";
  PlaylistChecker checker;
  sections(checker, with(parts));
  EXPECT_FALSE(checker.sequence().removed_part());
  sections(checker, with(""));
  ASSERT_TRUE(checker.sequence().removed_part());
  EXPECT_EQ(checker.sequence().removed_part()->uri, "3.1");
  EXPECT_EQ(checker.sequence().removed_part()->available_s, 30) << "three target durations";
  sections(checker, with(""));
  EXPECT_FALSE(checker.sequence().removed_part());
}

TEST(PlaylistChecker, FindsWhatIsWrongWithSegments) {
  EXPECT_EQ(sections(replaced(kGood, "#EXTINF:1.0,\n", "")),
            (Sections{"!4.4.4.1", "!4.4.4.9"}));  // nor are the parts its sum
  EXPECT_EQ(
      sections(replaced(replaced(kGood, "VERSION:9", "VERSION:2"), "EXTINF:1.0", "EXTINF:0.9")),
      (Sections{"!8", "!8", "!4.4.4.9"}));  // EXT-X-MAP too
  const std::string ranged = replaced(kGood, "#EXTINF", "#EXT-X-BYTERANGE:10@0\n#EXTINF");
  EXPECT_EQ(sections(ranged), Sections{});
  EXPECT_EQ(sections(replaced(ranged, "10@0", "10")), Sections{"!4.4.4.2"});
  EXPECT_EQ(sections(replaced(kGood, "#EXT-X-MEDIA", "#EXT-X-PLAYLIST-TYPE:LIVE\n#EXT-X-MEDIA")),
            Sections{"!4.4.3.5"});
  const std::string second = "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:01.000Z\n";
  const std::string dated = replaced(kGood, "#EXTINF:1.0,\n10\n", "#EXTINF:1.0,\n10\n" + second);
  EXPECT_EQ(sections(dated), Sections{});
  EXPECT_EQ(sections(replaced(dated, "00:00:01", "00:00:02")), Sections{"4.4.4.6"});
  EXPECT_EQ(sections(replaced(replaced(dated, "00:00:01", "00:00:02"), "\n10\n",
                              "\n10\n#EXT-X-DISCONTINUITY\n")),
            Sections{})
      << "behind a discontinuity dates begin anew";
}

TEST(PlaylistChecker, AFindingNamesItsLine) {
  PlaylistChecker checker;
  const auto playlist =
      read_media_playlist(replaced(kGood, "0.5,URI=\"11.0\"", "0.6,URI=\"11.0\""));
  const auto found = checker.handle(*playlist, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 14U);
}

TEST(PlaylistChecker, AReportNamesARendition) {
  EXPECT_EQ(sections(replaced(kGood, ",LAST-MSN=11,LAST-PART=0", "")), Sections{})
      << "they are as in this playlist";
  EXPECT_EQ(sections(replaced(kGood, "URI=\"../a\",", "")), Sections{"!4.4.5.4"});
  EXPECT_EQ(sections(replaced(kGood, "../a", "http://localhost/a")), Sections{"!4.4.5.4"});
  EXPECT_EQ(sections(replaced(kGood, "../a", "/a?b=http://c")), Sections{});
}

TEST(PlaylistChecker, WhatIsSkippedIsBehindTheBoundary) {
  const std::string delta =
      replaced(kGood, "#EXT-X-MAP", "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXT-X-MAP");
  EXPECT_EQ(sections(delta, {10, 1, true}), Sections{"!4.4.5.2"});
}

TEST(PlaylistChecker, TheTextItselfIsLookedAt) {
  PlaylistChecker checker;
  EXPECT_EQ(test::sections_of(checker.handle_text(kGood)), Sections{});
  EXPECT_EQ(test::sections_of(checker.handle_text("\xEF\xBB\xBF" + kGood +
                                                  "#EXT-X-MAP:BYTERANGE=\"1@0\",BYTERANGE=\"1@0\"\n"
                                                  "#EXT-X-DATERANGE:ID=\"a\"\n")),
            (Sections{"!4.1", "!4.2", "!4.4.4.5", "!4.4.5.1"}));
}

TEST(PlaylistChecker, ADeltaUpdateDoesNotTellOfDiscontinuitiesBefore) {
  PlaylistChecker checker;
  const DeliveryDirectives skip{std::nullopt, std::nullopt, true};
  const std::string whole = tens(0, 3, ten_seconds_each(0, 8));
  const std::string delta = tens(0, 3, "#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n" + ten_seconds_each(2, 9));
  EXPECT_EQ(sections(checker, delta, skip), Sections{});
  EXPECT_FALSE(checker.sequence().discontinuities_of(8)) << "what is before it is not known";
  EXPECT_EQ(sections(checker, whole), Sections{});
  EXPECT_EQ(checker.sequence().discontinuities_of(7), 3);
  EXPECT_EQ(sections(checker, delta, skip), Sections{});
  EXPECT_EQ(checker.sequence().discontinuities_of(8), 3);
  EXPECT_EQ(sections(checker, tens(0, 4, ten_seconds_each(0, 9))).size(), 9U);
}

TEST(PlaylistChecker, WhatIsRemovedIsToBeHadYet) {
  PlaylistChecker checker;
  EXPECT_EQ(sections(checker, tens(0, 0, ten_seconds_each(0, 6))), Sections{});
  EXPECT_FALSE(checker.sequence().removed());
  EXPECT_EQ(sections(checker, tens(2, 0, ten_seconds_each(2, 7))), Sections{});
  ASSERT_TRUE(checker.sequence().removed());
  EXPECT_EQ(checker.sequence().removed()->uri, "1");
  EXPECT_EQ(checker.sequence().removed()->available_s, 70)
      << "its own length, and that of the playlist";
  EXPECT_EQ(sections(checker, tens(2, 0, ten_seconds_each(2, 8))), Sections{});
  EXPECT_FALSE(checker.sequence().removed());
  const std::string type = "#EXT-X-PLAYLIST-TYPE:EVENT\n";
  EXPECT_EQ(sections(checker, tens(3, 0, type + ten_seconds_each(3, 9))), Sections{"!6.2.1"});
}

TEST(PlaylistChecker, WhoForgetsItsSegmentsIsAdvised) {
  PlaylistChecker checker;
  sections(checker, tens(0, 3, ten_seconds_each(0, 8)));
  EXPECT_EQ(sections(checker, tens(5, 3, ten_seconds_each(5, 9))), Sections{"6.2.2"});
  EXPECT_FALSE(checker.sequence().removed()) << "nobody can have it";
  sections(checker, tens(6, 3, ten_seconds_each(6, 12)));
  EXPECT_FALSE(checker.sequence().removed()) << "it was told before";
  sections(checker, tens(8, 3, ten_seconds_each(8, 13)));
  sections(checker, tens(9, 3, ten_seconds_each(9, 14)));
  ASSERT_TRUE(checker.sequence().removed());
  EXPECT_EQ(checker.sequence().removed()->uri, "8");
}

TEST(PlaylistChecker, EachFindingIsToldOnce) {
  PlaylistChecker checker;
  const std::string wrong = replaced(kGood, "UNTIL=6.0", "UNTIL=5.0");
  EXPECT_EQ(sections(checker, wrong), Sections{"!4.4.3.8"});
  EXPECT_EQ(sections(checker, wrong), Sections{});
}

// Ours, through losses and streamers that come and go: nothing is found.
TEST(PlaylistChecker, FindsNothingInOurOwn) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  MediaTime now = test::kStartOf2026;
  LiveChannel channel(test::made_up_channel(), milliseconds(200), now);
  channel.set_slate(test::made_up_slate(Generation{4711}), now);
  std::array<PlaylistChecker, 3> checkers;
  RenditionAgreement agreement;
  uint64_t playlists = 0;
  const auto look = [&] {
    while (const auto published = channel.poll_published()) {
      const auto& rendition = channel.renditions()[published->rendition];
      MediaPlaylist playlist{
          rendition.window, channel.longest_part(), channel.next_generation(rendition), {}};
      playlist.reports = {{"../other", published->number}};
      DeliveryDirectives asked{published->number.media_sequence, published->number.part,
                               playlists++ % 3 == 0};
      const std::string text = write_media_playlist(playlist, asked.skip);
      const auto told = read_media_playlist(text);
      ASSERT_TRUE(told);
      const auto found_nothing = [](const std::vector<CheckFinding>& findings) {
        for (const CheckFinding& finding : findings)
          ADD_FAILURE() << finding.line << " " << finding.section << " " << finding.words;
      };
      found_nothing(checkers[published->rendition].handle_text(text));
      found_nothing(checkers[published->rendition].handle(*told, asked));
      RenditionAgreement::Answer answer;
      answer.url = std::to_string(published->rendition);
      found_nothing(agreement.handle_playlist(answer, *told));
    }
  };
  for (int round = 0; round < 12; ++round) {
    const Generation live = generation_started_at(now, 7);
    channel.handle_announcement(test::announcement_of(live), now);
    for (const MediaUnit& unit : test::programme(live, now, milliseconds(5300 + 700 * round))) {
      now = std::max(now, unit.time + Flicks(milliseconds(50)));
      if (unit.first_sequence % 211 != 7) (void)channel.handle_unit(unit, now);
      look();
    }
    channel.handle_link_closed(now);
    for (int i = 0; i < 40; ++i) {
      now += Flicks(milliseconds(50));
      channel.handle_timeout(now);
      look();
    }
  }
  EXPECT_GT(playlists, 1500U);
}

}  // namespace
}  // namespace longmen::hls
