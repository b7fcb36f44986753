#include "config/ascii_text.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(AsciiText, ComesBackAsItWas) {
  std::string every;
  for (int byte = 0; byte < 256; ++byte)
    every += static_cast<char>(byte);
  for (const std::string& text : {every, std::string(), std::string("书记龙门阵 ~41 ~~ ~"),
                                  std::string("name = \"频道\"\n")}) {
    const std::string ascii = to_ascii(text);
    EXPECT_EQ(from_ascii(ascii), text);
    for (const char c : ascii)
      EXPECT_LT(static_cast<unsigned char>(c), 0x80) << ascii;
  }
  EXPECT_EQ(to_ascii("é~ = 1"), "~c3~a9~7e = 1");
}

TEST(AsciiText, WhatItDoesNotWriteStays) {
  EXPECT_EQ(from_ascii("~ ~4 ~zz ~"), "~ ~4 ~zz ~");
}

TEST(AsciiText, SaysWhereTheMarkIsWrittenByItsNumber) {
  EXPECT_EQ(line_of_escaped_mark("\n\"\\u007e\""), 2);
  EXPECT_EQ(line_of_escaped_mark("\"\\U0000007E\""), 1);
  EXPECT_FALSE(line_of_escaped_mark("~ u007e \\u007f"));
}

TEST(AsciiText, SaysWhereTextIsNotUtf8) {
  for (const char* text :
       {"", "a\n频道 \xf0\x9f\x8e\xa5 é", "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"})
    EXPECT_FALSE(line_that_is_not_utf8(text)) << text;
  for (const char* text :
       {"\n\x80", "é\n\xc3", "\n\xc0\xaf too long", "\n\xe0\x80\xaf too long", "\n\xf0\x80\x80\x80",
        "\n\xed\xa0\x80 half a pair", "\n\xf4\x90\x80\x80 too large", "\n\xff", "\n\xe9\xa2(",
        "\n\xf0\x9f\x8e("})
    EXPECT_EQ(line_that_is_not_utf8(text), 2) << text;
}

}  // namespace
}  // namespace longmen
