#include "core/guide/csv_reader.h"

#include <gmock/gmock.h>

namespace longmen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<CsvRow> good(std::string_view text) {
  const auto rows = read_csv(text);
  EXPECT_TRUE(rows) << rows.error().message;
  return rows.value_or(std::vector<CsvRow>{});
}
std::string fault(std::string_view text) {
  const auto rows = read_csv(text);
  EXPECT_FALSE(rows) << text;
  return rows ? "" : rows.error().message;
}

TEST(CsvReader, ReadsQuotesCommasAndLineBreaks) {
  const auto rows = good("a,b,c\r\n\"x,1\",\"say \"\"hi\"\"\",\"two\r\nlines\"\r\n\r\nlast,,\r\n");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0].fields, ElementsAre("a", "b", "c"));
  EXPECT_THAT(rows[1].fields, ElementsAre("x,1", "say \"hi\"", "two\nlines"));
  EXPECT_THAT(rows[2].fields, ElementsAre("last", "", ""));
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_EQ(rows[2].line, 5) << "an empty line and one inside quotes count";
}

TEST(CsvReader, TakesWhatSpreadsheetsWrite) {
  EXPECT_THAT(good("\xEF\xBB\xBF"
                   "频道;标题\nmain;a,b")[1]
                  .fields,
              ElementsAre("main", "a,b"));
  EXPECT_THAT(good("a,b\nc,\"d\"\r")[1].fields, ElementsAre("c", "d"));
  EXPECT_TRUE(good("").empty());
  EXPECT_TRUE(good("\n\r\n\n").empty());
}

TEST(CsvReader, WhatIsMalformedIsToldWithItsLine) {
  EXPECT_THAT(fault("a\n\"b\nc"), HasSubstr("line 2: a quote that is never closed"));
  EXPECT_THAT(fault("a\nb\"c\n"), HasSubstr("line 2: a quote inside"));
  EXPECT_THAT(fault("\"a\"b\n"), HasSubstr("line 1: text behind"));
  EXPECT_THAT(fault(std::string(kMaxCsvFields, ',')), HasSubstr("line 1: more than 64"));
  std::string many;
  for (size_t i = 0; i <= kMaxCsvRows; ++i)
    many += "x\n";
  EXPECT_THAT(fault(many), HasSubstr("line 20001: more than 20000 rows"));
}

}  // namespace
}  // namespace longmen
