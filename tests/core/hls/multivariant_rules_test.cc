#include "core/hls/multivariant_rules.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/hls/multivariant_playlist.h"
#include "tests/core/hls/findings_of.h"

namespace longmen::hls {
namespace {

using Sections = std::vector<std::string>;

std::vector<CheckFinding> found_in_variants(const std::string& text) {
  const auto playlist = read_multivariant_playlist(text);
  EXPECT_TRUE(playlist) << text;
  if (!playlist) return {};
  CheckFindings findings;
  check_multivariant(*playlist, findings);
  return findings.take();
}

const std::string kOneSound = "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"s\",NAME=\"one\",URI=\"a\"\n";

Sections sections_of_groups(const std::string& renditions,
                            const std::string& stream = "BANDWIDTH=2,CODECS=\"c\"") {
  return test::sections_of(
      found_in_variants("#EXTM3U\n" + renditions + "#EXT-X-STREAM-INF:" + stream + "\nv\n"));
}
Sections sections_of_rendition(const std::string& attributes) {
  return sections_of_groups("#EXT-X-MEDIA:" + attributes + "\n");
}

TEST(MultivariantRules, FindsNothingInOurOwnVariantsWithCaptions) {
  const HlsGrid grid(std::chrono::seconds(1), 5);
  const MultivariantOptions options{
      1.5, "chapters.json", {{"captions/en", "en", "English"}}, true, true};
  const std::string text = write_multivariant_playlist(
      {{"v0", 1280, 720, 30, 2000, "avc1.64001f"}},
      {{"audio", 128, "mp4a.40.2", "zh", "普通话"}, {"audio2", 128, "mp4a.40.2", "ug", "ئۇيغۇرچە"}},
      grid, options);
  for (const CheckFinding& finding : found_in_variants(text))
    ADD_FAILURE() << finding.section << " " << finding.words;
}

TEST(MultivariantRules, ARenditionIsWhatItsTypeAllows) {
  const std::string captions = "TYPE=CLOSED-CAPTIONS,GROUP-ID=\"g\",NAME=\"n\"";
  const std::string subtitles = "TYPE=SUBTITLES,GROUP-ID=\"g\",NAME=\"n\"";
  EXPECT_EQ(
      sections_of_rendition("TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"n\",DEFAULT=YES,AUTOSELECT=YES"),
      Sections{});
  EXPECT_EQ(sections_of_rendition("GROUP-ID=\"g\",NAME=\"n\""), Sections{"!4.4.6.1"});
  EXPECT_EQ(sections_of_rendition("TYPE=AUDIO,NAME=\"n\""), Sections{"!4.4.6.1"});
  EXPECT_EQ(sections_of_rendition("TYPE=AUDIO,GROUP-ID=\"g\""), Sections{"!4.4.6.1"});
  EXPECT_EQ(sections_of_rendition("TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"n\",DEFAULT=true"),
            Sections{"!4.4.6.1"});
  EXPECT_EQ(sections_of_rendition("TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"n\",DEFAULT=YES,AUTOSELECT=NO"),
            Sections{"!4.4.6.1"});
  EXPECT_EQ(sections_of_rendition("TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"n\",FORCED=NO"),
            Sections{"!4.4.6.1"});
  EXPECT_EQ(sections_of_rendition(captions + ",INSTREAM-ID=\"CC1\""), Sections{});
  EXPECT_EQ(sections_of_rendition(captions), Sections{"!4.4.6.1"});
  EXPECT_EQ(sections_of_rendition(captions + ",INSTREAM-ID=\"CC1\",URI=\"u\""),
            Sections{"!4.4.6.1"});
  EXPECT_EQ(sections_of_rendition(subtitles + ",URI=\"u\",FORCED=YES"), Sections{});
  EXPECT_EQ(sections_of_rendition(subtitles), Sections{"!4.4.6.2.1"});
}

TEST(MultivariantRules, AGroupHasDifferentNamesAndOneDefault) {
  const auto member = [](std::string_view group, std::string_view more) {
    return fmt::format("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{}\",{}\n", group, more);
  };
  EXPECT_EQ(sections_of_groups(member("s", "NAME=\"1\",DEFAULT=YES") + member("s", "NAME=\"2\"")),
            Sections{});
  EXPECT_EQ(sections_of_groups(member("s", "NAME=\"1\"") + member("s", "NAME=\"1\"")),
            Sections{"!4.4.6.1.1"});
  EXPECT_EQ(sections_of_groups(member("s", "NAME=\"1\",DEFAULT=YES") +
                               member("s", "NAME=\"2\",DEFAULT=YES")),
            Sections{"!4.4.6.1.1"});
  EXPECT_EQ(sections_of_groups(member("s", "NAME=\"1\"") + member("t", "NAME=\"1\"")), Sections{});
  EXPECT_EQ(sections_of_groups(member("s", "NAME=\"1\"") + member("t", "NAME=\"2\"")),
            Sections{"!4.4.6.1.1"});
}

TEST(MultivariantRules, AMemberIsTheSameInEveryGroupOfItsType) {
  const auto groups = [](std::string_view one, std::string_view other,
                         std::string_view type = "AUDIO") {
    return sections_of_groups(
        fmt::format("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"s\",NAME=\"n\"{}\n"
                    "#EXT-X-MEDIA:TYPE={},GROUP-ID=\"t\",NAME=\"n\",URI=\"u\"{}\n",
                    one, type, other));
  };
  EXPECT_EQ(groups(",LANGUAGE=\"en\"", ",LANGUAGE=\"zh\""), Sections{"!4.4.6.1.1"});
  EXPECT_EQ(groups(",CHARACTERISTICS=\"c\"", ""), Sections{"!4.4.6.1.1"});
  EXPECT_EQ(groups(",LANGUAGE=\"en\"", ",LANGUAGE=\"zh\"", "VIDEO"), Sections{});
  EXPECT_EQ(groups(",CHANNELS=\"2\",BIT-DEPTH=16,SAMPLE-RATE=48000",
                   ",CHANNELS=\"6\",STABLE-RENDITION-ID=\"a\",INSTREAM-ID=\"1\""),
            Sections{});
}

TEST(MultivariantRules, AnInstreamIdIsOfItsService) {
  const auto with = [](std::string_view type, std::string_view id) {
    return sections_of_rendition(
        fmt::format("TYPE={},GROUP-ID=\"g\",NAME=\"n\",INSTREAM-ID=\"{}\"", type, id));
  };
  for (const char* id : {"CC1", "CC4", "SERVICE1", "SERVICE63"})
    EXPECT_EQ(with("CLOSED-CAPTIONS", id), Sections{}) << id;
  for (const char* id :
       {"CC0", "CC5", "CC11", "SERVICE0", "SERVICE64", "SERVICE01", "SERVICE", "x"})
    EXPECT_EQ(with("CLOSED-CAPTIONS", id), Sections{"!4.4.6.1"}) << id;
  EXPECT_EQ(with("AUDIO", "z.9A"), Sections{});
  EXPECT_EQ(with("AUDIO", "a-b"), Sections{"!4.4.6.1"});
}

TEST(MultivariantRules, AttributesOfSoundAreOfSound) {
  const std::string video = "TYPE=VIDEO,GROUP-ID=\"g\",NAME=\"n\"";
  for (const char* attribute : {"BIT-DEPTH=16", "SAMPLE-RATE=48000", "CHANNELS=\"2\""})
    EXPECT_EQ(sections_of_rendition(video + "," + attribute), Sections{"!4.4.6.1"}) << attribute;
  EXPECT_EQ(sections_of_rendition(video + ",STABLE-RENDITION-ID=\"a+/=.-_9\""), Sections{});
  EXPECT_EQ(sections_of_rendition(video + ",STABLE-RENDITION-ID=\"a b\""), Sections{"!4.4.6.1"});
}

TEST(MultivariantRules, AVariantNamesGroupsThatAreThere) {
  EXPECT_EQ(sections_of_groups(kOneSound, "BANDWIDTH=2,CODECS=\"c\",AUDIO=\"s\""), Sections{});
  EXPECT_EQ(sections_of_groups(kOneSound, "BANDWIDTH=2,CODECS=\"c\",AUDIO=\"t\""),
            Sections{"!4.4.6.2"});
  for (const std::string type : {"VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"})
    EXPECT_EQ(sections_of_groups(kOneSound, "BANDWIDTH=2,CODECS=\"c\"," + type + "=\"s\""),
              Sections{"!4.4.6.2"})
        << "a group of another type has that name";
  EXPECT_EQ(sections_of_groups(kOneSound, "CODECS=\"c\""), Sections{"!4.4.6.2"});
  EXPECT_EQ(sections_of_groups(kOneSound, "BANDWIDTH=2,AVERAGE-BANDWIDTH=3,CODECS=\"c\""),
            Sections{"!4.4.6.2"});
  EXPECT_EQ(sections_of_groups(kOneSound, "BANDWIDTH=2"), Sections{"4.4.6.2"});
  EXPECT_EQ(sections_of_groups("#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"c\"\n"),
            Sections{"!4.4.6.2"})
      << "no URI follows";
}

TEST(MultivariantRules, NoClosedCaptionsAreThoseOfAllVariants) {
  const std::string none = "#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"c\",CLOSED-CAPTIONS=NONE\nw\n";
  EXPECT_EQ(sections_of_groups(none, "BANDWIDTH=2,CODECS=\"c\",CLOSED-CAPTIONS=NONE"), Sections{});
  EXPECT_EQ(sections_of_groups(none, "BANDWIDTH=2,CODECS=\"c\""), Sections{"!4.4.6.2"});
  const auto findings =
      found_in_variants("#EXTM3U\n" + none + "#EXT-X-STREAM-INF:BANDWIDTH=2,CODECS=\"c\"\nv\n");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].line, 4U);
}

TEST(MultivariantRules, SessionDataIsAValueOrAUri) {
  const auto data = [](std::string_view attributes) {
    return fmt::format("#EXT-X-SESSION-DATA:{}\n", attributes);
  };
  const std::string one = data("DATA-ID=\"d\",VALUE=\"1\",LANGUAGE=\"en\"");
  EXPECT_EQ(sections_of_groups(one + data("DATA-ID=\"d\",URI=\"u\",LANGUAGE=\"zh\"")), Sections{});
  EXPECT_EQ(sections_of_groups(one + one), Sections{"!4.4.6.4"});
  EXPECT_EQ(sections_of_groups(data("DATA-ID=\"d\"")), Sections{"!4.4.6.4"});
  EXPECT_EQ(sections_of_groups(data("DATA-ID=\"d\",VALUE=\"1\",URI=\"u\"")), Sections{"!4.4.6.4"});
  EXPECT_EQ(sections_of_groups(data("VALUE=\"1\"")), Sections{"!4.4.6.4"});
}

}  // namespace
}  // namespace longmen::hls
