#include "core/hls/preload_hint_rules.h"

#include <gtest/gtest.h>

#include "tests/core/hls/findings_of.h"

namespace longmen::hls {
namespace {

using Sections = std::vector<std::string>;

ToldPart told_part(std::string uri, std::optional<ToldRange> range = {}, bool gap = false) {
  ToldPart part;
  part.uri = std::move(uri);
  part.byte_range = range;
  part.gap = gap;
  return part;
}

Sections sections_after(const ToldHint& hint, int status, std::string bytes, const ToldPart& part,
                        std::string_view told = "media") {
  CheckFindings findings;
  PreloadHintRules rules(findings);
  rules.handle_answer(hint, status, std::move(bytes));
  rules.handle_part(part, "part 1.0", told);
  return test::sections_of(findings.take());
}

TEST(PreloadHintRules, AHintedPartIsTheOneThatIsTold) {
  EXPECT_EQ(sections_after({"p", {}, {}}, 200, "media", told_part("p")), Sections{});
  EXPECT_EQ(sections_after({"p", {}, {}}, 200, "medi", told_part("p")), Sections{"!6.2.6"});
  EXPECT_EQ(sections_after({"p", {}, {}}, 200, "media more", told_part("p")), Sections{"!6.2.6"});
  EXPECT_EQ(sections_after({"p", {}, {}}, 200, "other", told_part("q")), Sections{});
}

TEST(PreloadHintRules, AHintedPartIsToBeHad) {
  EXPECT_EQ(sections_after({"p", {}, {}}, 404, "", told_part("p")), Sections{"!6.2.6"});
  EXPECT_EQ(sections_after({"p", {}, {}}, 404, "", told_part("p", {}, /*gap=*/true)), Sections{})
      << "it was taken back";
  EXPECT_EQ(sections_after({"p", {}, {}}, 404, "", told_part("q")), Sections{})
      << "another one came";
  EXPECT_EQ(sections_after({"p", {}, {}}, 503, "", told_part("p")), Sections{})
      << "a server that cannot just now";
}

TEST(PreloadHintRules, AHintedRangeMayBeOfMoreParts) {
  const ToldRange range{5, 100};
  EXPECT_EQ(sections_after({"p", 100, {}}, 206, "media more", told_part("p", range)), Sections{});
  EXPECT_EQ(sections_after({"p", 100, 5}, 206, "media more", told_part("p", range)),
            Sections{"!6.2.6"});
  EXPECT_EQ(sections_after({"p", 200, {}}, 206, "other", told_part("p", range)), Sections{});
}

TEST(PreloadHintRules, AnAnswerIsHeldAgainstOnePart) {
  CheckFindings findings;
  PreloadHintRules rules(findings);
  for (size_t i = 0; i <= PreloadHintRules::kMaxAnswers; ++i)
    rules.handle_answer({std::to_string(i), {}, {}}, 404, "");
  rules.handle_part(told_part("0"), "the oldest", "");
  EXPECT_EQ(test::sections_of(findings.take()), Sections{});
  rules.handle_part(told_part("1"), "part 1", "");
  EXPECT_EQ(test::sections_of(findings.take()), Sections{"!6.2.6"});
  rules.handle_part(told_part("1"), "part 1 again", "");
  EXPECT_EQ(test::sections_of(findings.take()), Sections{});
}

}  // namespace
}  // namespace longmen::hls
