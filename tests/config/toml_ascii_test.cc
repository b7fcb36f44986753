#include "config/toml_ascii.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(TomlAscii, QuotesAndCommentsMayHoldWhateverTheyLike) {
  for (const char* text : {"", "a = 1", "# 频道\nname = \"书记龙门阵\" # ’", "name = '频道'\n",
                           "name = \"\"\"\n频道 \" \"\" \\\"\"\"\n\"\"\"\n",
                           "name = '''\n频'道\n'''\n", "name = \"a\\\\\" # 频", "\"频道\" = 1",
                           "\xEF\xBB\xBF"
                           "a = 1"})
    EXPECT_FALSE(line_of_stray_character(text)) << text;
}

TEST(TomlAscii, OutsideOfThemItSaysWhere) {
  EXPECT_EQ(line_of_stray_character("\xcb\x8b"), 1);
  EXPECT_EQ(line_of_stray_character("a = 1\nb = “x”\n"), 2);
  EXPECT_EQ(line_of_stray_character("# 频\nname = \"频\"\n频 = 1"), 3);
  EXPECT_EQ(line_of_stray_character("name = \"\"\"\n频\n\"\"\" 频"), 3);
  EXPECT_EQ(line_of_stray_character("name = \"a\\\" 频\" 频"), 1);
  EXPECT_EQ(line_of_stray_character("name = \"\"\"\n\"a\"\"\"\"\" 频\""), 2);
}

TEST(TomlAscii, ABackslashStandsBeforeAsciiAlone) {
  EXPECT_EQ(line_of_stray_character("a = \"\"\"\nr\\\xef\xb3\xbf\"\"\""), 2);
  EXPECT_EQ(line_of_stray_character("a = \"\"\"r\\\n  频\"\"\""), 1);
  EXPECT_FALSE(line_of_stray_character("a = 'C:\\频'\nb = \"\\u9891\""));
}

TEST(TomlAscii, AQuoteInsideABrokenValueOpensNothing) {
  EXPECT_EQ(line_of_stray_character("a = 1\nport = 9_d'4\xef\xba\xbf"), 2);
  EXPECT_FALSE(line_of_stray_character("a.\"频\" = [ '频', {\"频\" = '频'} ]"));
}

TEST(TomlAscii, WhatIsNotClosedEndsWithItsLine) {
  EXPECT_EQ(line_of_stray_character("name = \"频\n频"), 2);
  EXPECT_FALSE(line_of_stray_character("name = '''频\n频"));
}

}  // namespace
}  // namespace longmen
