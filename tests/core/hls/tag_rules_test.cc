#include "core/hls/tag_rules.h"

#include <gtest/gtest.h>

#include "tests/core/hls/findings_of.h"

namespace longmen::hls {
namespace {

using Sections = std::vector<std::string>;

Sections sections_of_tag(const std::string& tag, int version = 6) {
  CheckFindings findings;
  check_tags("#EXTM3U\n#EXT-X-VERSION:" + std::to_string(version) + "\n" + tag + "\n", findings);
  const auto found = findings.take();
  for (const CheckFinding& finding : found)
    EXPECT_EQ(finding.line, 3U);
  return test::sections_of(found);
}

TEST(TagRules, AKeySaysHowAndWhere) {
  EXPECT_EQ(sections_of_tag("#EXT-X-KEY:METHOD=NONE"), Sections{});
  EXPECT_EQ(sections_of_tag("#EXT-X-KEY:METHOD=AES-128,URI=\"k\""), Sections{});
  EXPECT_EQ(sections_of_tag("#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI=\"k\",KEYFORMAT=\"f\",IV=0x00Ff"),
            Sections{});
  EXPECT_EQ(sections_of_tag("#EXT-X-KEY:URI=\"k\""), Sections{"!4.4.4.4"});
  EXPECT_EQ(sections_of_tag("#EXT-X-KEY:METHOD=NONE,URI=\"k\""), Sections{"!4.4.4.4"});
  EXPECT_EQ(sections_of_tag("#EXT-X-KEY:METHOD=AES-128"), Sections{"!4.4.4.4"});
  EXPECT_EQ(sections_of_tag("#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=12"), Sections{"!4.4.4.4"});
  EXPECT_EQ(sections_of_tag("#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0x" + std::string(33, '0')),
            Sections{"!4.4.4.4"});
  EXPECT_EQ(sections_of_tag("#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0x1", 1), Sections{"!8"});
  EXPECT_EQ(sections_of_tag("#EXT-X-KEY:METHOD=AES-128,URI=\"k\",KEYFORMAT=\"f\"", 4),
            Sections{"!8"});
  EXPECT_EQ(sections_of_tag("#EXT-X-SESSION-KEY:METHOD=AES-128,URI=\"k\""), Sections{});
  EXPECT_EQ(sections_of_tag("#EXT-X-SESSION-KEY:METHOD=NONE"), Sections{"!4.4.6.5"});
}

TEST(TagRules, AStartHasItsOffset) {
  EXPECT_EQ(sections_of_tag("#EXT-X-START:TIME-OFFSET=-12.5,PRECISE=NO"), Sections{});
  EXPECT_EQ(sections_of_tag("#EXT-X-START:PRECISE=YES"), Sections{"!4.4.2.2"});
  EXPECT_EQ(sections_of_tag("#EXT-X-START:TIME-OFFSET=soon"), Sections{"!4.4.2.2"});
  EXPECT_EQ(sections_of_tag("#EXT-X-START:TIME-OFFSET=1,PRECISE=1"), Sections{"!4.4.2.2"});
}

TEST(TagRules, OthersHaveWhatTheyNeed) {
  EXPECT_EQ(sections_of_tag("#EXT-X-MAP:URI=\"i\""), Sections{});
  EXPECT_EQ(sections_of_tag("#EXT-X-MAP:BYTERANGE=\"1@0\""), Sections{"!4.4.4.5"});
  EXPECT_EQ(sections_of_tag("#EXT-X-SKIP:SKIPPED-SEGMENTS=3"), Sections{});
  EXPECT_EQ(sections_of_tag("#EXT-X-SKIP:RECENTLY-REMOVED-DATERANGES=\"a\""), Sections{"!4.4.5.2"});
  EXPECT_EQ(sections_of_tag("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"a\""), Sections{});
  EXPECT_EQ(sections_of_tag("#EXT-X-PRELOAD-HINT:URI=\"a\""), Sections{"!4.4.5.3"});
  EXPECT_EQ(sections_of_tag("#EXT-X-PRELOAD-HINT:TYPE=MAP"), Sections{"!4.4.5.3"});
}

}  // namespace
}  // namespace longmen::hls
