#include "core/library/podcast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longmen::library {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Podcast, IsRssWithTheSoundOfEachRecording) {
  const Podcast podcast{"书记 <龙门阵>", "", "zh-CN", "https://node.example:8443", ""};
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
                              "    <language>zh-CN</language>\n"));
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
  const Podcast podcast{"a", "b", "", "http://h", "token=x"};
  const std::string text = podcast_xml(podcast, {{"s1", "t", {}, "", "", 1000, 1000}});
  EXPECT_THAT(text, HasSubstr("/library?token=x<"));
  EXPECT_THAT(text, HasSubstr("download.mp4?rendition=audio&amp;token=x\""));
  EXPECT_THAT(text, Not(HasSubstr("<language>")));
}

}  // namespace
}  // namespace longmen::library
