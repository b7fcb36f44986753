#include "core/hls/date_range_rules.h"

#include <gtest/gtest.h>

#include "tests/core/hls/findings_of.h"

namespace longmen::hls {
namespace {

using Sections = std::vector<std::string>;
const Sections kWrong{"!4.4.5.1"};

Sections sections_of_playlist(const std::string& text) {
  CheckFindings findings;
  check_date_ranges(text, findings);
  return test::sections_of(findings.take());
}
Sections sections(const std::string& attributes, const std::string& more = "") {
  return sections_of_playlist(
      "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n"
      "#EXT-X-DATERANGE:" +
      attributes + "\n" + more);
}

TEST(DateRangeRules, FindsNothingInWhatIsRight) {
  const std::string start = "ID=\"a\",START-DATE=\"2026-01-01T00:00:00Z\"";
  EXPECT_EQ(sections(start), Sections{});
  EXPECT_EQ(sections(start + ",DURATION=10.5,END-DATE=\"2026-01-01T00:00:10.500Z\""), Sections{});
  EXPECT_EQ(sections(start + ",CLASS=\"c\",END-ON-NEXT=YES,PLANNED-DURATION=3,X-COM=\"1\""),
            Sections{});
  EXPECT_EQ(sections(start, "#EXT-X-DATERANGE:ID=\"a\",DURATION=3\n"), Sections{}) << "in pieces";
  EXPECT_EQ(sections("ID=\"a\",START-DATE=\"20260101T000000Z\",END-DATE=\"2025-01-01T00:00:00Z\""),
            Sections{})
      << "a form that is not read is not judged";
  EXPECT_EQ(sections_of_playlist("#EXTM3U\n#EXTINF:1,\na\n"), Sections{});
}

TEST(DateRangeRules, FindsWhatIsWrong) {
  const std::string start = "ID=\"a\",START-DATE=\"2026-01-01T00:00:00Z\"";
  EXPECT_EQ(sections("START-DATE=\"2026-01-01T00:00:00Z\""), kWrong);
  EXPECT_EQ(sections("ID=\"a\""), kWrong);
  EXPECT_EQ(sections(start + ",END-DATE=\"2025-12-31T23:59:59Z\""), kWrong);
  EXPECT_EQ(sections(start + ",DURATION=-1"), kWrong);
  EXPECT_EQ(sections(start + ",PLANNED-DURATION=long"), kWrong);
  EXPECT_EQ(sections(start + ",DURATION=10,END-DATE=\"2026-01-01T00:00:11Z\""), kWrong);
  EXPECT_EQ(sections(start + ",CLASS=\"c\",END-ON-NEXT=NO"), kWrong);
  EXPECT_EQ(sections(start + ",END-ON-NEXT=YES"), kWrong);
  EXPECT_EQ(sections(start + ",CLASS=\"c\",END-ON-NEXT=YES,DURATION=3"), kWrong);
  EXPECT_EQ(sections(start + ",DURATION=2", "#EXT-X-DATERANGE:ID=\"a\",DURATION=3\n"), kWrong);
  EXPECT_EQ(sections_of_playlist("#EXTM3U\n#EXT-X-DATERANGE:" + start + "\n"), kWrong);
}

}  // namespace
}  // namespace longmen::hls
