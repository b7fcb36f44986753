#include "core/sound/sound_language.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(SoundLanguage, TagsAreThoseOfBcp47) {
  for (const std::string_view tag : {"zh", "ug", "bo", "cmn-Hans-CN", "en-US", "zh-Hant-TW-x-a"})
    EXPECT_TRUE(is_language_tag(tag)) << tag;
  for (const std::string_view tag : {"", "z", "z1", "zh-", "-zh", "zh--CN", "zh_CN", "zh-123456789",
                                     "中文", "zh\n", "zh-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd"})
    EXPECT_FALSE(is_language_tag(tag)) << tag;
}

TEST(SoundLanguage, NamesCanStandInAPlaylist) {
  EXPECT_TRUE(is_language_name("ئۇيغۇرچە"));
  for (const std::string& name :
       {std::string(), std::string("a\"b"), std::string("a\nb"), std::string(" "),
        std::string("a "), std::string("\xff"), std::string(129, 'a')})
    EXPECT_FALSE(is_language_name(name)) << name;
}

TEST(SoundLanguage, IsFoundByItsTagOrItsBeginning) {
  const std::vector<SoundLanguage> two{{"zh-Hans", "a"}, {"zh", "b"}};
  EXPECT_EQ(find_language(two, "ZH"), 1u);
  EXPECT_EQ(find_language(two, "zh-hans"), 0u);
  EXPECT_EQ(find_language({two[0]}, "zh"), 0u);
  EXPECT_FALSE(find_language({two[0]}, "zh-Ha"));
  EXPECT_FALSE(find_language(two, "z"));
  EXPECT_FALSE(find_language(two, "zh-Hans-CN"));
  EXPECT_FALSE(find_language(two, ""));
  EXPECT_FALSE(find_language({}, "zh"));
}

// ISO/IEC 14496-12 §8.4.2.3: each letter less 0x60, in five bits.
TEST(SoundLanguage, IsPackedAsMp4HasIt) {
  const auto letters = [](std::string_view tag) {
    const uint16_t packed = packed_language(tag);
    std::string text;
    for (const int shift : {10, 5, 0})
      text += static_cast<char>((packed >> shift & 31) + 0x60);
    return text;
  };
  EXPECT_EQ(letters("zh"), "zho");
  EXPECT_EQ(letters("ZH-Hans"), "zho");
  EXPECT_EQ(letters("ug"), "uig");
  EXPECT_EQ(letters("bo"), "bod");
  EXPECT_EQ(letters("aa"), "aar");
  EXPECT_EQ(letters("zu"), "zul");
  EXPECT_EQ(letters("cmn"), "cmn");
  for (const std::string_view none : {"", "qq", "12", "1234"})
    EXPECT_EQ(letters(none), "und") << none;
}

}  // namespace
}  // namespace longmen
