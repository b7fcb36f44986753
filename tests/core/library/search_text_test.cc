#include "core/library/search_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longmen::library {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Grams grams_of(std::string_view text) {
  Grams grams;
  add_grams(fold(text), grams);
  return grams;
}

// What the index does: whoever has all grams is looked at when they do not say it all.
bool finds(std::string_view wanted, std::string_view text) {
  const auto search = read_search(wanted);
  if (!search) return false;
  const Grams has = grams_of(text);
  for (const std::string& gram : search->grams)
    if (!has.contains(gram)) return false;
  if (search->is_exact) return true;
  const std::string folded = fold(text);
  return std::all_of(search->terms.begin(), search->terms.end(), [&](const std::string& term) {
    return folded.find(term) != std::string::npos;
  });
}

TEST(SearchText, IsFolded) {
  EXPECT_EQ(fold("书记龙门阵　第①期：ＡＢＣ－１２３"), "书记龙门阵 第1期 abc 123");
  EXPECT_EQ(fold("  Party — SCHOOL, Ⅳ. "), "party school iv");
  EXPECT_EQ(fold("ÉCOLE Ÿ Σίσυφος МОСКВА Ёж"), "école ÿ σίσυφοσ москва ёж");
  EXPECT_EQ(fold("“乡村振兴”（上）"), "乡村振兴 上");
  EXPECT_EQ(fold("a\xFF"
                 "b"),
            "a")
      << "what is no UTF-8 ends it";
  EXPECT_EQ(fold(""), "");
  EXPECT_EQ(fold("…——！"), "");
}

TEST(SearchText, WhatIsFoldedStaysAsItIs) {
  for (uint32_t c = 0x80; c < 0x10000; ++c) {
    std::string text;
    if (c >= 0x800) {
      text += static_cast<char>(0xE0 | c >> 12);
      text += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    } else {
      text += static_cast<char>(0xC0 | c >> 6);
    }
    text += static_cast<char>(0x80 | (c & 0x3F));
    ASSERT_EQ(fold(fold(text)), fold(text)) << c;
  }
}

TEST(SearchText, ChineseGivesCharactersAndPairs) {
  EXPECT_THAT(grams_of("乡村振兴"),
              UnorderedElementsAre("乡", "村", "振", "兴", "乡村", "村振", "振兴"));
  EXPECT_THAT(grams_of("党，建"), UnorderedElementsAre("党", "建")) << "no pair over a comma";
}

TEST(SearchText, WordsGiveTheirBeginnings) {
  EXPECT_THAT(grams_of("Go 2024"), UnorderedElementsAre("g", "go", "2", "20", "202", "2024"));
  EXPECT_EQ(grams_of("internationalisation").size(), kMaxPrefix);
  EXPECT_THAT(grams_of("第3期"), UnorderedElementsAre("第", "3", "期"));
}

TEST(SearchText, OneAndTwoCharactersAreFoundByTheirGramsAlone) {
  EXPECT_THAT(read_search("村")->grams, ElementsAre("村"));
  EXPECT_THAT(read_search("乡村")->grams, ElementsAre("乡村"));
  EXPECT_TRUE(read_search("乡村 振兴 go")->is_exact);
  EXPECT_FALSE(read_search("乡村振")->is_exact);
  EXPECT_FALSE(read_search("第3期")->is_exact);
  EXPECT_FALSE(read_search("international")->is_exact);
  EXPECT_THAT(read_search("")->terms, IsEmpty());
}

struct Case {
  const char* wanted;
  const char* text;
  bool found;
};
TEST(SearchText, WhatIsFound) {
  const Case cases[] = {
      {"村", "乡村振兴", true},
      {"振兴", "乡村振兴", true},
      {"乡村振兴", "乡村振兴讲座", true},
      {"兴振", "乡村振兴", false},
      {"乡村振", "乡村治理与村振兴", false},  // all its pairs, and not itself
      {"村振兴 乡村", "乡村治理与村振兴", true},
      {"secret", "Secretary Talk", true},
      {"SECRETARY talk", "Secretary Talk", true},
      {"cretary", "Secretary Talk", false},
      {"internationalx", "international", false},
      {"第12期", "书记龙门阵第12期", true},
      {"第12期", "书记龙门阵第1期 12", false},
      {"ＡＢ", "ab 讲座", true},
      {"！", "乡村", true},  // nothing is looked for
  };
  for (const Case& each : cases)
    EXPECT_EQ(finds(each.wanted, each.text), each.found) << each.wanted << " in " << each.text;
}

TEST(SearchText, IsBounded) {
  EXPECT_FALSE(read_search(std::string(kMaxSearchBytes + 1, 'a')));
  EXPECT_FALSE(read_search("a b c d e f g h i"));
  std::string many;
  for (int i = 0; i < 20'000; ++i)
    many += std::to_string(i) + " ";
  EXPECT_EQ(grams_of(many).size(), kMaxGrams);
}

TEST(SearchText, SaysWhichTextHasATerm) {
  const auto search = read_search("产业 GO");
  EXPECT_TRUE(has_term(*search, "特色产业"));
  EXPECT_TRUE(has_term(*search, "Go!"));
  EXPECT_FALSE(has_term(*search, "基层治理"));
}

}  // namespace
}  // namespace longmen::library
