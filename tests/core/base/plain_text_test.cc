#include "core/base/plain_text.h"

#include <gtest/gtest.h>

#include <string>

namespace longmen {
namespace {

TEST(PlainText, IsUtf8WithoutControls) {
  for (const char* text : {"", "a b", "书记龙门阵", "😀", "<img src=x onerror=alert(1)>", "é",
                           "\xed\x9f\xbf", "\xf4\x8f\xbf\xbd", "\xc2\xa0"})
    EXPECT_TRUE(is_plain_text(text)) << text;
}

TEST(PlainText, WhatIsMalformedOrUnseenIsNot) {
  for (const char* text :
       {"a\nb", "a\tb", "\x7f", "\x1b[2J", "\xff", "\x80", "\xc0\x80", "\xc1\xbf", "\xe6\x9d",
        "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xc2\x85", "\xef\xbf\xbf", "\xef\xbf\xbe", "\xe6\x9d\x41"})
    EXPECT_FALSE(is_plain_text(text)) << text;
  EXPECT_FALSE(is_plain_text(std::string(1, '\0')));
}

TEST(PlainText, LineBreaksAreForWhatHasSeveralLines) {
  EXPECT_TRUE(is_plain_text("a\nb", LineBreaks::kAllowed));
  EXPECT_FALSE(is_plain_text("a\rb", LineBreaks::kAllowed));
}

}  // namespace
}  // namespace longmen
