#include "core/sdp/sdp.h"

#include <gtest/gtest.h>

namespace longmen::sdp {
namespace {

TEST(SdpTest, ReadsSessionAndMedia) {
  const auto description = parse(
      "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=书记龙门阵\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
      "m=video 9/2 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:0\r\na=rtcp-mux\r\n");
  ASSERT_TRUE(description) << description.error().message;
  EXPECT_EQ(*description->attributes.first("group"), "BUNDLE 0");
  ASSERT_EQ(description->media.size(), 1u);
  const Media& media = description->media[0];
  EXPECT_EQ(media.kind, "video");
  EXPECT_EQ(media.port, 9u);
  EXPECT_EQ(media.formats, (std::vector<std::string>{"96", "97"}));
  EXPECT_TRUE(media.attributes.has("rtcp-mux"));
  EXPECT_EQ(*description->inherited(media, "group"), "BUNDLE 0");
  EXPECT_EQ(*description->inherited(media, "mid"), "0");
  EXPECT_EQ(description->inherited(media, "absent"), nullptr);
}

TEST(SdpTest, TakesLineFeedsAloneAndAMissingLastOne) {
  EXPECT_TRUE(parse("v=0\nm=audio 9 RTP/SAVPF 0"));
}

struct BadCase {
  std::string text;
  std::string words;
};

TEST(SdpTest, ErrorsNameLineAndReason) {
  const std::vector<BadCase> cases{
      {"", "empty"},
      {"\r\n\r\n", "empty"},
      {"hello", "not \"v=0\""},
      {"v=1\r\n", "not \"v=0\""},
      {"v=0\r\nnonsense\r\n", "line 2: is not of the form"},
      {"v=0\r\nm=video\r\n", "line 2: m= has fewer"},
      {"v=0\r\nm=video x UDP 96\r\n", "line 2: port \"x\""},
      {"v=0\r\nm=video 65536 UDP 96\r\n", "line 2: port \"65536\""},
      {"v=0\r\nm=vidéo 9 UDP 96\r\n", "beyond ASCII"},
      {"v=0\r\na=\r\n", "line 2: a= has no valid name"},
      {"v=0\r\na=:x\r\n", "line 2: a= has no valid name"},
      {std::string("v=0\r\na=mid:\0\r\n", 14), "control characters"},
      {"v=0\r\na=mid:a\rb\r\n", "control characters"},
      {"v=0\r\na=" + std::string(kMaxLineBytes, 'x'), "longer than 4096"},
      {"v=0\r\n" + std::string(kMaxSdpBytes, '\n'), "longer than 65536"},
  };
  for (const BadCase& bad : cases) {
    const auto description = parse(bad.text);
    ASSERT_FALSE(description) << bad.text.substr(0, 80);
    EXPECT_NE(description.error().message.find(bad.words), std::string::npos)
        << description.error().message;
  }
}

TEST(SdpTest, BoundsAreExact) {
  std::string text = "v=0\n";
  for (size_t index = 0; index < kMaxMedia; ++index)
    text += "m=audio 9 RTP/SAVPF 0\n";
  EXPECT_TRUE(parse(text));
  EXPECT_FALSE(parse(text + "m=audio 9 RTP/SAVPF 0\n"));

  std::string formats = "v=0\nm=audio 9 RTP/SAVPF";
  for (size_t index = 0; index < kMaxFormats; ++index)
    formats += " 0";
  EXPECT_TRUE(parse(formats));
  EXPECT_FALSE(parse(formats + " 0"));

  std::string lines = "v=0\n";
  for (size_t index = 1; index < kMaxLines; ++index)
    lines += "a=x\n";
  EXPECT_TRUE(parse(lines));
  EXPECT_FALSE(parse(lines + "a=x\n"));
}

TEST(SdpTest, WordsAreSplitAtRunsOfSpaces) {
  EXPECT_EQ(words_of("  a  b c "), (std::vector<std::string_view>{"a", "b", "c"}));
  EXPECT_TRUE(words_of("   ").empty());
}

}  // namespace
}  // namespace longmen::sdp
