#include "core/hls/playlist_text_rules.h"

#include <gtest/gtest.h>

#include "tests/core/hls/findings_of.h"

namespace longmen::hls {
namespace {

using Sections = std::vector<std::string>;

std::vector<CheckFinding> found_in_text(std::string_view text,
                                        PlaylistKind kind = PlaylistKind::kMedia) {
  CheckFindings findings;
  check_playlist_text(text, kind, findings);
  return findings.take();
}
Sections sections_of_text(std::string_view text, PlaylistKind kind = PlaylistKind::kMedia) {
  return test::sections_of(found_in_text(text, kind));
}

TEST(PlaylistTextRules, FindsNothingInWhatIsRight) {
  EXPECT_EQ(
      sections_of_text("#EXTM3U\r\n#EXT-X-VERSION:9\r\n# 说明\r\n\r\n#EXT-X-MEDIA-SEQUENCE:1\r\n"
                       "#EXT-X-DISCONTINUITY\r\n#EXTINF:1,标题\r\na\r\n#EXT-X-DISCONTINUITY\r\n"
                       "#EXTINF:1,\r\nb\r\n#EXT-X-SOMETHING:a=1,a=2\r\n"),
      Sections{});
  EXPECT_EQ(sections_of_text(
                "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\"\n#EXT-X-STREAM-INF:A=1\nv\n",
                PlaylistKind::kMultivariant),
            Sections{});
}

TEST(PlaylistTextRules, CharactersAreThoseOfUtf8WithoutControls) {
  EXPECT_EQ(sections_of_text("#EXTM3U\n#\xFF\n"), Sections{"!4.1"});
  EXPECT_EQ(sections_of_text("#EXTM3U\n#\xC0\x80\n"), Sections{"!4.1"});
  EXPECT_EQ(sections_of_text("\xEF\xBB\xBF#EXTM3U\n"), Sections{"!4.1"});
  EXPECT_EQ(sections_of_text("#EXTM3U\n#a\tb\n"), Sections{"!4.1"});
  EXPECT_EQ(sections_of_text("#EXTM3U\n#a\rb\n"), Sections{"!4.1"});
  EXPECT_EQ(sections_of_text("#EXTM3U\n#\xC2\x85\n"), Sections{"!4.1"});
  const auto controls = found_in_text("#EXTM3U\n\n#\x01\n");
  ASSERT_EQ(controls.size(), 1U);
  EXPECT_EQ(controls[0].line, 3U);
  EXPECT_EQ(controls[0].words, "control character U+0001");
}

TEST(PlaylistTextRules, TagsStandWhereTheyMay) {
  EXPECT_EQ(sections_of_text("#EXT-X-VERSION:3\n"), Sections{"!4.4.1.1"});
  EXPECT_EQ(sections_of_text("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-VERSION:3\n"),
            Sections{"!4.4.1.2"});
  EXPECT_EQ(sections_of_text("#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXT-X-TARGETDURATION:3\n"),
            Sections{"!4.4.3.1"});
  EXPECT_EQ(sections_of_text("#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-INDEPENDENT-SEGMENTS\n"),
            Sections{"!4.4.2.1"});
  EXPECT_EQ(sections_of_text("#EXTM3U\n#EXTINF:1,\na\n#EXT-X-MEDIA-SEQUENCE:1\n"),
            Sections{"!4.4.3.2"});
  EXPECT_EQ(sections_of_text("#EXTM3U\n#EXTINF:1,\na\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n"),
            Sections{"!4.4.3.3"});
  EXPECT_EQ(sections_of_text("#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO\n"), Sections{"!4.4.6.1"});
  EXPECT_EQ(sections_of_text("#EXTM3U\n#EXT-X-TARGETDURATION:3\n", PlaylistKind::kMultivariant),
            Sections{"!4.4.3.1"});
}

TEST(PlaylistTextRules, AttributeListsHaveTheirForm) {
  EXPECT_EQ(sections_of_text("#EXTM3U\n#EXT-X-MAP:URI=\"a\",URI=\"b\"\n"), Sections{"!4.2"});
  EXPECT_EQ(sections_of_text("#EXTM3U\n#EXT-X-START:TIME-OFFSET=1, PRECISE=YES\n"),
            Sections{"!4.2"});
  EXPECT_EQ(sections_of_text("#EXTM3U\n#EXT-X-PART:URI=\"a\n"), Sections{"!4.2"});
}

}  // namespace
}  // namespace longmen::hls
