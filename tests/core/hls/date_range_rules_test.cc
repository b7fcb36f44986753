#include "core/hls/date_range_rules.h"

#include <gtest/gtest.h>

#include "tests/core/hls/findings_of.h"

namespace longmen::hls {
namespace {

using Sections = std::vector<std::string>;
const Sections kWrongRange{"!4.4.5.1"};

Sections sections_of_ranges(const std::string& text) {
  CheckFindings findings;
  check_date_ranges(text, findings);
  return test::sections_of(findings.take());
}
Sections sections_of_range(const std::string& attributes, const std::string& more = "") {
  return sections_of_ranges(
      "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n"
      "#EXT-X-DATERANGE:" +
      attributes + "\n" + more);
}

TEST(DateRangeRules, FindsNothingInWhatIsRight) {
  const std::string start = "ID=\"a\",START-DATE=\"2026-01-01T00:00:00Z\"";
  EXPECT_EQ(sections_of_range(start), Sections{});
  EXPECT_EQ(sections_of_range(start + ",DURATION=10.5,END-DATE=\"2026-01-01T00:00:10.500Z\""),
            Sections{});
  EXPECT_EQ(
      sections_of_range(start + ",CLASS=\"c\",END-ON-NEXT=YES,PLANNED-DURATION=3,X-COM=\"1\""),
      Sections{});
  EXPECT_EQ(sections_of_range(start, "#EXT-X-DATERANGE:ID=\"a\",DURATION=3\n"), Sections{})
      << "in pieces";
  EXPECT_EQ(sections_of_range(
                "ID=\"a\",START-DATE=\"20260101T000000Z\",END-DATE=\"2025-01-01T00:00:00Z\""),
            Sections{})
      << "a form that is not read is not judged";
  EXPECT_EQ(sections_of_ranges("#EXTM3U\n#EXTINF:1,\na\n"), Sections{});
}

TEST(DateRangeRules, FindsWhatIsWrong) {
  const std::string start = "ID=\"a\",START-DATE=\"2026-01-01T00:00:00Z\"";
  EXPECT_EQ(sections_of_range("START-DATE=\"2026-01-01T00:00:00Z\""), kWrongRange);
  EXPECT_EQ(sections_of_range("ID=\"a\""), kWrongRange);
  EXPECT_EQ(sections_of_range(start + ",END-DATE=\"2025-12-31T23:59:59Z\""), kWrongRange);
  EXPECT_EQ(sections_of_range(start + ",DURATION=-1"), kWrongRange);
  EXPECT_EQ(sections_of_range(start + ",PLANNED-DURATION=long"), kWrongRange);
  EXPECT_EQ(sections_of_range(start + ",DURATION=10,END-DATE=\"2026-01-01T00:00:11Z\""),
            kWrongRange);
  EXPECT_EQ(sections_of_range(start + ",CLASS=\"c\",END-ON-NEXT=NO"), kWrongRange);
  EXPECT_EQ(sections_of_range(start + ",END-ON-NEXT=YES"), kWrongRange);
  EXPECT_EQ(sections_of_range(start + ",CLASS=\"c\",END-ON-NEXT=YES,DURATION=3"), kWrongRange);
  EXPECT_EQ(sections_of_range(start + ",DURATION=2", "#EXT-X-DATERANGE:ID=\"a\",DURATION=3\n"),
            kWrongRange);
  EXPECT_EQ(sections_of_ranges("#EXTM3U\n#EXT-X-DATERANGE:" + start + "\n"), kWrongRange);
}

}  // namespace
}  // namespace longmen::hls
