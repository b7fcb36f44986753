#include "core/hls/variant_media_rules.h"

#include <gtest/gtest.h>

#include "tests/core/hls/findings_of.h"

namespace longmen::hls {
namespace {

using Sections = std::vector<std::string>;

ReadMedia media_of(double bits_a_second, std::set<std::string> formats, int seconds = 40,
                   bool all = false) {
  ReadMedia media;
  for (int i = 0; i < seconds; i += 4)
    media.rates.add(4, 4 * bits_a_second, 4);
  media.formats = std::move(formats);
  media.all = all;
  return media;
}

// Pictures of 1,000 bit/s with sound of 100 or 200.
Sections sections_of_media(const std::string& variant, int seconds = 40, bool all = false,
                           const std::string& sound_format = "mp4a") {
  const auto playlist = read_multivariant_playlist(
      "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"s\",NAME=\"a\",URI=\"a\"\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"s\",NAME=\"b\",URI=\"b\"\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"t\",NAME=\"c\",URI=\"c\"\n"
      "#EXT-X-STREAM-INF:AUDIO=\"s\"," +
      variant + "\nv\n");
  EXPECT_TRUE(playlist);
  const ReadMediaByUri media = {{"v", media_of(1000, {"avc1"}, seconds, all)},
                                {"a", media_of(100, {"mp4a"}, seconds, all)},
                                {"b", media_of(200, {sound_format}, seconds, all)},
                                {"c", media_of(9000, {"ec-3"}, seconds, all)}};
  CheckFindings findings;
  check_variant_media(*playlist, media, findings);
  return test::sections_of(findings.take());
}

TEST(VariantMediaRules, NoCombinationNeedsMoreThanTheBandwidth) {
  EXPECT_EQ(sections_of_media("BANDWIDTH=1200"), Sections{});
  EXPECT_EQ(sections_of_media("BANDWIDTH=1199"), Sections{"!4.4.6.2.1"});
  EXPECT_EQ(sections_of_media("BANDWIDTH=9000"), Sections{}) << "it may get more";
}

TEST(VariantMediaRules, BandwidthsOfWhatHasEndedAreMeasured) {
  EXPECT_EQ(sections_of_media("BANDWIDTH=1300,AVERAGE-BANDWIDTH=1100", 40, true), Sections{});
  EXPECT_EQ(sections_of_media("BANDWIDTH=1340", 40, true), Sections{"!Apple 1.27"});
  EXPECT_EQ(sections_of_media("BANDWIDTH=1200,AVERAGE-BANDWIDTH=1080", 40, true),
            Sections{"!Apple 1.26"});
  EXPECT_EQ(sections_of_media("BANDWIDTH=1200,AVERAGE-BANDWIDTH=1340", 40, true),
            Sections{"!Apple 1.26"});
}

TEST(VariantMediaRules, AnAverageOfWhatIsLiveIsOfAnHour) {
  EXPECT_EQ(sections_of_media("BANDWIDTH=1200,AVERAGE-BANDWIDTH=1080", 20), Sections{});
  EXPECT_EQ(sections_of_media("BANDWIDTH=1200,AVERAGE-BANDWIDTH=1080"), Sections{"Apple 1.28"});
  EXPECT_EQ(sections_of_media("BANDWIDTH=1200,AVERAGE-BANDWIDTH=1080", 3600),
            Sections{"!Apple 1.28"});
  EXPECT_EQ(sections_of_media("BANDWIDTH=1200,AVERAGE-BANDWIDTH=1100", 3600), Sections{});
  EXPECT_EQ(sections_of_media("BANDWIDTH=9000,AVERAGE-BANDWIDTH=8000", 3600), Sections{});
}

TEST(VariantMediaRules, CodecsNameEveryFormat) {
  EXPECT_EQ(sections_of_media("BANDWIDTH=1200,CODECS=\"avc1.64001f, MP4A.40.2\""), Sections{});
  EXPECT_EQ(sections_of_media("BANDWIDTH=1200,CODECS=\"avc1.64001f\""),
            (Sections{"!6.2.4", "!6.2.4"}))
      << "of both sounds";
  EXPECT_EQ(sections_of_media("BANDWIDTH=1200,CODECS=\"avc3.64001f,mp4a.40.2\""),
            Sections{"!6.2.4"});
  EXPECT_EQ(sections_of_media("BANDWIDTH=1200,CODECS=\"avc1.64001f,mp4a.40.2\"", 40, false, "ec-3"),
            Sections{"!6.2.4"})
      << "one sound of the group is another";
  EXPECT_EQ(sections_of_media("BANDWIDTH=1200,CODECS=\"avc1.64001f,mp4a.40.2\","
                              "SUPPLEMENTAL-CODECS=\"dvh1.08.07/db4h\"",
                              40, false, "dvh1"),
            Sections{});
}

}  // namespace
}  // namespace longmen::hls
