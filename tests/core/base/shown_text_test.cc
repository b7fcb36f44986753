#include "core/base/shown_text.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(ShownText, HasWholeCharactersAndNoOthers) {
  EXPECT_EQ(shown_text("OBS 29.0 (Linux)", 200), "OBS 29.0 (Linux)");
  EXPECT_EQ(shown_text("摄像机", 200), "摄像机");
  EXPECT_EQ(shown_text("摄像机", 8), "摄像") << "cut at a character";
  EXPECT_EQ(shown_text("\xC9\xE3\xCF\xF1", 200), "????") << "GBK";
  EXPECT_EQ(shown_text("a\nb\x7F", 200), "a?b?");
  EXPECT_EQ(shown_text("", 200), "");
}

}  // namespace
}  // namespace longmen
