#include "core/library/podcast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longmen::library {
namespace {

using ::testing::HasSubstr;

TEST(Podcast, IsRssWithTheSoundOfEachRecording) {
  Podcast podcast;
  podcast.title = "书记 <龙门阵>";
  podcast.author = "县委党校 & 台";
  podcast.language = "zh-Hans";
  podcast.origin = "https://node.example:8443";
  podcast.self = "/api/v1/library/podcast.xml?series=a&q=b";
  const std::string text = podcast_xml(podcast, {{"s1",
                                                  "第一期 & 更多",
                                                  {"王建国", "李敏"},
                                                  "乡村振兴",
                                                  "",
                                                  1'795'696'200'000,
                                                  3'600'000,
                                                  57'600'123}});
  EXPECT_THAT(text, HasSubstr("<title>书记 &lt;龙门阵&gt;</title>\n"
                              "    <link>https://node.example:8443/library</link>\n"
                              "    <description>书记 &lt;龙门阵&gt;</description>\n"
                              "    <language>zh-Hans</language>\n"
                              "    <atom:link href=\"https://node.example:8443/api/v1/library/"
                              "podcast.xml?series=a&amp;q=b\" rel=\"self\""
                              " type=\"application/rss+xml\"/>\n"
                              "    <itunes:author>县委党校 &amp; 台</itunes:author>\n"
                              "    <itunes:category text=\"Education\"/>\n"
                              "    <itunes:explicit>false</itunes:explicit>\n"
                              "    <itunes:image href=\"https://node.example:8443/replay/s1/"
                              "poster.jpg\"/>\n"));
  EXPECT_THAT(text, HasSubstr("      <itunes:image href=\"https://node.example:8443/replay/s1/"));
  EXPECT_THAT(text, HasSubstr("<itunes:author>王建国, 李敏</itunes:author>\n    </item>"));
  EXPECT_THAT(text, HasSubstr("<title>第一期 &amp; 更多</title>\n"
                              "      <guid isPermaLink=\"false\">s1</guid>\n"
                              "      <link>https://node.example:8443/?replay=s1</link>\n"));
  EXPECT_THAT(text, HasSubstr("<pubDate>Thu, 26 Nov 2026 12:30:00 +0000</pubDate>"));
  EXPECT_THAT(text, HasSubstr("<description>王建国 · 李敏 · 乡村振兴</description>"));
  EXPECT_THAT(text, HasSubstr("url=\"https://node.example:8443/replay/s1/download.mp4"
                              "?rendition=audio\" length=\"57600123\" type=\"audio/mp4\""));
  EXPECT_THAT(text, HasSubstr("<itunes:duration>3600</itunes:duration>"));
}

TEST(Podcast, OfAChannelThatIsNotOpenKeepsItsToken) {
  Podcast podcast;
  podcast.title = "a";
  podcast.description = "b";
  podcast.origin = "http://h";
  podcast.query = "token=x";
  const std::string text = podcast_xml(podcast, {{"s1", "t", {}, "", "", 1000, 1000}});
  EXPECT_THAT(text, HasSubstr("/library?token=x<"));
  EXPECT_THAT(text, HasSubstr("download.mp4?rendition=audio&amp;token=x\""));
  EXPECT_THAT(text, HasSubstr("/replay/s1/poster.jpg?token=x\""));
  EXPECT_THAT(text, HasSubstr("<language>zh-CN</language>")) << "directories take none without";
  EXPECT_THAT(text, HasSubstr("<itunes:author>a</itunes:author>"));
}

}  // namespace
}  // namespace longmen::library
