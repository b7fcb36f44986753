#include "core/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace longmen {
namespace {

TEST(Utf8, TakesOneCharacterAtATime) {
  std::string_view text = "a\xC3\xA9\xE6\x9D\x8E\xF0\x9F\x90\x89.";
  for (char32_t expected : {0x61, 0xE9, 0x674E, 0x1F409, 0x2E})
    EXPECT_EQ(take_utf8(text), expected);
  EXPECT_TRUE(text.empty());
}

TEST(Utf8, TheEndsOfEachForm) {
  for (const auto& [bytes, expected] : {std::pair<std::string, char32_t>{std::string(1, '\0'), 0},
                                        {"\x7F", 0x7F},
                                        {"\xC2\x80", 0x80},
                                        {"\xDF\xBF", 0x7FF},
                                        {"\xE0\xA0\x80", 0x800},
                                        {"\xED\x9F\xBF", 0xD7FF},
                                        {"\xEE\x80\x80", 0xE000},
                                        {"\xEF\xBF\xBF", 0xFFFF},
                                        {"\xF0\x90\x80\x80", 0x10000},
                                        {"\xF4\x8F\xBF\xBF", 0x10FFFF}}) {
    std::string_view text = bytes;
    EXPECT_EQ(take_utf8(text), expected);
    EXPECT_TRUE(text.empty());
  }
}

TEST(Utf8, WhatIsNoneStaysWhereItIs) {
  for (const char* bytes :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE6\x9D", "\xE6\x9D.", "\xC3"}) {
    std::string_view text = bytes;
    EXPECT_FALSE(take_utf8(text)) << testing::PrintToString(std::string(bytes));
    EXPECT_EQ(text, bytes);
  }
}

}  // namespace
}  // namespace longmen
