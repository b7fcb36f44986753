#include "core/hls/playlist_checker.h"

#include <gtest/gtest.h>

#include "core/hls/live_channel.h"
#include "core/hls/media_playlist.h"
#include "core/time/generation_time.h"
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

// The sections of what is found.
std::vector<std::string> sections(PlaylistChecker& checker, const std::string& text,
                                  const DeliveryDirectives& asked = {}) {
  const auto playlist = read_media_playlist(text);
  EXPECT_TRUE(playlist) << playlist.error().message;
  std::vector<std::string> found;
  for (const CheckFinding& finding : checker.handle(*playlist, asked))
    found.push_back((finding.weight == CheckFinding::Weight::kViolation ? "!" : "") +
                    finding.section);
  return found;
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
  EXPECT_EQ(playlist->preload_hint, "11.1");
  EXPECT_EQ(playlist->reports[0].last_msn, 11);
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
  EXPECT_EQ(playlist->sounds.front(), std::pair(std::string("s"), std::string("audio.m3u8")));
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
  EXPECT_EQ(sections(replaced(kGood, "0.5,URI=\"10.0\"", "0.4,URI=\"10.0\"")),
            (Sections{"!4.4.4.9", "!4.4.4.9"}));
  EXPECT_EQ(sections(replaced(kGood, "URI=\"10.1\"", "URI=\"10.1\",GAP=YES")), Sections{"!6.2.1"});
  EXPECT_EQ(sections(replaced(replaced(kGood, "URI=\"10.1\"", "URI=\"10.1\",GAP=YES"), "#EXTINF",
                              "#EXT-X-GAP\n#EXTINF")),
            Sections{});
  EXPECT_EQ(sections(replaced(kGood, "VERSION:9", "VERSION:5")), Sections{"!8"});
  EXPECT_EQ(sections(replaced(kGood, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"11.1\"\n", "")),
            Sections{"B.1"});
}

TEST(PlaylistChecker, AnAnswerHasWhatWasAskedFor) {
  EXPECT_EQ(sections(kGood, {11, 0, false}), Sections{});
  EXPECT_EQ(sections(kGood, {10, std::nullopt, false}), Sections{});
  EXPECT_EQ(sections(kGood, {11, 1, false}), Sections{"!6.2.5.2"});
  EXPECT_EQ(sections(kGood, {11, std::nullopt, false}), Sections{"!6.2.5.2"});
  const std::string delta = replaced(kGood, "#EXT-X-DISCONTINUITY",
                                     "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXT-X-DISCONTINUITY");
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
  std::vector<PlaylistChecker> checkers(3);
  uint64_t playlists = 0;
  const auto look = [&] {
    while (const auto published = channel.poll_published()) {
      const auto& rendition = channel.renditions()[published->rendition];
      MediaPlaylist playlist{
          rendition.window, channel.longest_part(), channel.next_generation(rendition), {}};
      playlist.reports = {{"../other", published->number}};
      DeliveryDirectives asked{published->number.media_sequence, published->number.part,
                               playlists++ % 3 == 0};
      const auto told = read_media_playlist(write_media_playlist(playlist, asked.skip));
      ASSERT_TRUE(told);
      for (const auto& finding : checkers[published->rendition].handle(*told, asked))
        ADD_FAILURE() << finding.section << " " << finding.words;
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
