#include "core/captions/caption_file.h"

#include <gmock/gmock.h>

#include "core/captions/cue_text.h"

namespace longmen::captions {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<std::vector<Cue>> read(std::string_view text) {
  return read_caption_file(as_bytes(text));
}
std::string fault_of(std::string_view text) {
  const auto cues = read(text);
  return cues ? "none" : cues.error().message;
}

TEST(CaptionFile, WebVttIsReadWithWhateverLineEndsAndMarkItHas) {
  const Cue one{1s, 2500ms, "line:90% align:start", "第一句\n<b>两行</b>"};
  const Cue other{1h + 2s, 1h + 3s, "", "a &amp; b"};
  for (const std::string_view end : {"\n", "\r\n", "\r"}) {
    std::string file =
        "\xEF\xBB\xBFWEBVTT - made by hand\nX: y\n\nSTYLE\n::cue { color: red }\n\n"
        "NOTE about\nnothing\n\nfirst\n00:01.000 --> 00:02.500 line:90% "
        "region:fred align:start\n第一句\n<b>两行</b>\n\n\n"
        "01:00:02.000 -->\t01:00:03.000\na & b";
    for (size_t at = 0; end != "\n" && (at = file.find('\n', at)) != std::string::npos;
         at += end.size())
      file.replace(at, 1, end);
    const auto cues = read(file);
    ASSERT_TRUE(cues) << cues.error().message;
    EXPECT_THAT(*cues, ElementsAre(one, other));
  }
}

TEST(CaptionFile, SubRipIsReadAsWebVtt) {
  const auto cues = read(
      "1\n00:00:05,000 --> 00:00:06,000\n{\\an8}<font color=red>晚</font>\n\n"
      "2\n00:00:01,000 --> 00:00:02,000\n<i>早</i>\n");
  ASSERT_TRUE(cues) << cues.error().message;
  EXPECT_THAT(*cues, ElementsAre(Cue{1s, 2s, "", "<i>早</i>"}, Cue{5s, 6s, "", "晚"}));
  EXPECT_EQ(write_webvtt(*cues),
            "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<i>早</i>\n"
            "\n00:00:05.000 --> 00:00:06.000\n晚\n");
}

TEST(CaptionFile, ALineOfWhichNothingIsLeftDoesNotEndItsCue) {
  const auto cues = read(
      "WEBVTT\n\n00:01.000 --> 00:02.000\na\n<img>\nb\n\n00:03.000 --> "
      "00:04.000\n<x>\n");
  ASSERT_TRUE(cues) << cues.error().message;
  EXPECT_THAT(*cues, ElementsAre(Cue{1s, 2s, "", "a\nb"}));
}

TEST(CaptionFile, AFirstCueNeedsNoBlankLineInFrontOfIt) {
  const auto cues = read("WEBVTT\n00:01.000 --> 00:02.000\nx\n");
  ASSERT_TRUE(cues) << cues.error().message;
  EXPECT_THAT(*cues, ElementsAre(Cue{1s, 2s, "", "x"}));
}

TEST(CaptionFile, WhatIsWrongIsSaidWithItsLine) {
  EXPECT_EQ(fault_of("WEBVTT\n\n00:02.000 --> 00:01.000\nx"),
            "line 3: the cue ends before it begins");
  EXPECT_EQ(fault_of("WEBVTT\n\n00:99.000 --> 01:40.000\nx"),
            "line 3: a time is none, such as 00:01:02.500");
  EXPECT_EQ(fault_of("WEBVTT\n\nhello\nworld\n"),
            "line 4: the times of a cue were expected, START --> END");
  EXPECT_EQ(fault_of("WEBVTT\n\n00:01.000 --> 00:02.000\nx\n00:02.000 --> 00:03.000\ny"),
            "line 5: a blank line was expected between two cues");
  EXPECT_EQ(fault_of("WEBVTT\n\n00:01.000 --> 00:02.000\n\xFFx"),
            "line 4: a character that no text has, or no UTF-8");
  EXPECT_EQ(fault_of("WEBVTT\n"), "there is no cue in it");
  EXPECT_THAT(fault_of("\xFF\xFEW"), HasSubstr("UTF-16"));
  EXPECT_THAT(fault_of(std::string(kMaxCaptionBytes + 1, ' ')), HasSubstr("larger"));
  EXPECT_EQ(fault_of("WEBVTT\n\n-0:01.000 --> 00:02.000\nx"),
            "line 3: a time is none, such as 00:01:02.500");
  EXPECT_THAT(fault_of("WEBVTT" + std::string(300'000, '\n')), HasSubstr("lines"));
  EXPECT_THAT(fault_of("WEBVTT\n\n00:01.000 --> 999:00:00.000\nx"), HasSubstr("line 3"));
}

TEST(CaptionFile, WhatBracesHideIsLookedAtToo) {
  EXPECT_EQ(fault_of("1\n00:00:01,000 --> 00:00:02,000\n<v foo--{\\x}>hi\n"),
            "line 3: a blank line was expected between two cues");
}

// Of quadratic work this would be hours.
TEST(CaptionFile, ALargeCueIsRefusedAndNothingThatHasNoEndIsLookedForAgain) {
  const std::string start = "WEBVTT\n\n00:01.000 --> 00:02.000";
  EXPECT_THAT(fault_of(start + "\n" + std::string(2'000'000, '<')), HasSubstr("bytes"));
  std::string settings;
  for (int i = 0; i < 100'000; ++i)
    settings += " line:1";
  const auto cues = read(start + settings + "\nx\n");
  ASSERT_TRUE(cues) << cues.error().message;
  EXPECT_EQ((*cues)[0].settings, "line:1");
  EXPECT_EQ(clean_cue_text(std::string(1'000'000, '<')).size(), 4'000'000U);
}

TEST(CueText, NothingIsLeftThatIsNoCaption) {
  EXPECT_EQ(clean_cue_text("<script>alert(1)</script>"), "alert(1)");
  EXPECT_EQ(clean_cue_text("<v 王老师 & \"x\">好</v>"), "<v 王老师 &amp; \"x\">好</v>");
  EXPECT_EQ(clean_cue_text("<c.yellow>a<b>b</c>c</b>"), "<c>a<b>b</b></c>c");
  EXPECT_EQ(clean_cue_text("1 < 2 &amp; &#60; &nbsp;"), "1 &lt; 2 &amp; &amp;#60; &nbsp;");
  EXPECT_EQ(clean_cue_text("a<00:00:01.000>b<img src=x onerror=y>c"), "abc");
  EXPECT_EQ(clean_cue_text("<i>open"), "<i>open</i>");
  EXPECT_EQ(clean_cue_text("<rt>x</rt><ruby>漢<rt>han</rt></ruby>"),
            "x<ruby>漢<rt>han</rt></ruby>");
}

TEST(CueText, WhatWasCleanedStaysAsItIs) {
  for (const char* text : {"<b><i>x", "a & b < c", "<v a>b</v>", "</b></b>", "<<b>>"}) {
    const std::string once = clean_cue_text(text);
    EXPECT_EQ(clean_cue_text(once), once);
  }
}

}  // namespace
}  // namespace longmen::captions
