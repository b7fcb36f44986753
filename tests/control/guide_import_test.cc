#include "control/guide_import.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>

#include "control/guide.h"
#include "control/xmltv_reader.h"
#include "core/guide/xmltv.h"
#include "tests/control/schedule_fixture.h"

namespace longmen {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GuideImportTest : public test::ScheduleFixture {
 protected:
  json::object import(const ImportFile& file, ImportMode mode = ImportMode::kAllOrNothing) {
    auto report = import_guide(database(), context_, file, mode);
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(json::object{});
  }
  ImportFile csv(const std::string& text) { return read_guide_csv(text, context_.settings.zone); }
  static std::vector<std::string> mistakes(const json::object& report) {
    std::vector<std::string> lines;
    for (const auto& each : report.at("mistakes").as_array()) {
      lines.push_back(fmt::format("{}: {}",
                                  each.at("line").is_null() ? 0 : each.at("line").as_int64(),
                                  std::string(each.at("words").as_string())));
    }
    return lines;
  }
  int count() {
    int found = 0;
    sql() << "SELECT COUNT(*) FROM sessions", soci::into(found);
    return found;
  }
};
LONGMEN_FOR_BOTH_DATABASES(GuideImportTest);

const std::string kHead = "channel,series,title,start,end,speakers,theme,place,auto_start\n";

TEST_P(GuideImportTest, ATableBecomesSessionsAndNothingTwice) {
  const ImportFile file = csv(kHead +
                              "main,书记龙门阵,第二期,2023-11-16 19:30,2023-11-16 21:00,"
                              "李伟；不分、王芳;Zhang,理论学习,龙泉驿,yes\n"
                              "频道 second,党员开会了,第一期,2023-11-16 19:30 +00:00,"
                              "2023-11-16 20:30 +00:00,,,,\n");
  const json::object report = import(file);
  EXPECT_TRUE(report.at("done").as_bool()) << json::serialize(report);
  EXPECT_EQ(report.at("scheduled").as_int64(), 2);
  EXPECT_THAT(json::serialize(report.at("series_made")), "[\"党员开会了\"]");
  const auto page = SessionTable(sql()).page({});
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(context_.settings.zone.words(page[0].life.planned_start_ms), "2023-11-16 19:30");
  EXPECT_THAT(page[0].speakers, ElementsAre("李伟；不分", "王芳", "Zhang"));
  EXPECT_EQ(page[0].theme, "core-1");
  EXPECT_TRUE(page[0].life.auto_start);
  EXPECT_EQ(page[1].channel, "second") << "by its name";
  EXPECT_EQ(context_.settings.zone.words(page[1].life.planned_start_ms), "2023-11-17 03:30");
  const json::object again = import(file);
  EXPECT_EQ(again.at("scheduled").as_int64(), 0);
  EXPECT_EQ(again.at("unchanged").as_int64(), 2);
  EXPECT_FALSE(verify_audit(database())->broken);
}

TEST_P(GuideImportTest, WhatIsWrongIsToldByLineAndNothingIsKept) {
  const ImportFile file = csv(kHead +
                              "main,S,good,2023-11-16 19:30,2023-11-16 21:00,,,,\n"
                              "absent,S,x,2023-11-16 19:30,2023-11-16 21:00,,,,\n"
                              "main,S,overlaps,2023-11-16 20:30,2023-11-16 21:30,,,,\n"
                              "main,S,x,yesterday,2023-11-16 21:00,,,,\n"
                              "main,New,too long,2023-11-18 19:30,2023-11-26 21:00,,,,\n"
                              "main,,no series,2023-11-18 19:30,2023-11-18 21:00,,,,\n"
                              "main,S,x,2023-11-19 19:30,2023-11-19 21:00,,None such,,\n"
                              "main,S,x,2023-11-19 19:30,2023-11-19 21:00,,,,maybe\n");
  const json::object report = import(file);
  EXPECT_FALSE(report.at("done").as_bool());
  EXPECT_THAT(mistakes(report),
              ElementsAre(HasSubstr("3: channel: there is no channel \"absent\""),
                          HasSubstr("4: from 2023-11-16 19:30 to"), HasSubstr("5: start: a time"),
                          HasSubstr("6: end_ms: 1 minute"), HasSubstr("7: series: a title"),
                          HasSubstr("8: theme: there is no theme"), HasSubstr("9: auto_start")));
  EXPECT_EQ(count(), 0);
  EXPECT_FALSE(SeriesTable(sql()).by_title("S"));
  const json::object dry = import(file, ImportMode::kDryRun);
  EXPECT_EQ(dry.at("scheduled").as_int64(), 1);
  EXPECT_EQ(count(), 0);
  const json::object right = import(file, ImportMode::kWhatIsRight);
  EXPECT_TRUE(right.at("done").as_bool());
  EXPECT_EQ(right.at("mistakes_in_all").to_number<int>(), 7);
  EXPECT_EQ(count(), 1);
  EXPECT_TRUE(SeriesTable(sql()).by_title("S"));
  EXPECT_FALSE(SeriesTable(sql()).by_title("New")) << "what was wrong left no trace";
  EXPECT_FALSE(verify_audit(database())->broken);
}

TEST_P(GuideImportTest, ATableThatIsNoneIsSaid) {
  const auto told = [&](const std::string& text) { return mistakes(import(csv(text))); };
  EXPECT_THAT(told(""), ElementsAre(HasSubstr("empty")));
  EXPECT_THAT(told("channel,series,title,start,end\n\xc6\xb5\xb5\xc0,S,x,,\n"),
              ElementsAre(HasSubstr("2: not UTF-8")));
  EXPECT_THAT(told("channel,serie,title,start,end\n"),
              ElementsAre(HasSubstr("no column \"serie\""), HasSubstr("series is missing")));
  EXPECT_THAT(told("channel,series,title,start,end,end\n"), ElementsAre(HasSubstr("twice")));
  EXPECT_THAT(told(kHead + "\"x"), ElementsAre(HasSubstr("line 2: a quote")));
}

TEST_P(GuideImportTest, XmltvGoesOutAndComesBack) {
  SessionWish made = wish(kStart, "<img src=x onerror=alert(1)> & \"more\"");
  made.description = "first second";
  made.speakers = {"李伟", "Wang & Fang"};
  made.theme = "core-2";
  made.language = "zh-CN";
  scheduled(made);
  GuideQuery query;
  const std::string text = xmltv(guide_channels(sql()), guide_entries(sql(), query));
  sql() << "DELETE FROM sessions";
  const json::object report = import(read_xmltv(text));
  EXPECT_TRUE(report.at("done").as_bool()) << json::serialize(report);
  const auto back = SessionTable(sql()).page({});
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].title, *made.title);
  EXPECT_EQ(back[0].series, series_);
  EXPECT_EQ(back[0].speakers, *made.speakers);
  EXPECT_EQ(back[0].theme, "core-2");
  EXPECT_EQ(back[0].description, "first second");
  EXPECT_EQ(back[0].life.planned_start_ms, kStart);
}

TEST_P(GuideImportTest, XmltvOfOthersIsReadAsFarAsItGoes) {
  const ImportFile file = read_xmltv(R"(<?xml version="1.0"?>
<!DOCTYPE tv SYSTEM "http://192.0.2.1/xmltv.dtd">
<tv source-info-name="x"><channel id="main"><display-name>M</display-name></channel>
<programme start="20231116193000 +0800" stop="20231116210000 +0800" channel="main">
  <title lang="zh">书记
     龙门阵</title><title lang="en">Secretary Talk</title>
  <credits><presenter>李伟</presenter><guest> </guest></credits>
  <rating system="x"><value>PG</value></rating>
</programme>
<programme start="soon" channel="main"><title>x</title></programme>
</tv>)");
  ASSERT_EQ(file.lines.size(), 1u);
  EXPECT_EQ(file.lines[0].line, 4);
  EXPECT_EQ(file.lines[0].series, "书记 龙门阵");
  EXPECT_EQ(file.lines[0].title, "书记 龙门阵") << "without a sub-title";
  EXPECT_THAT(file.lines[0].speakers, ElementsAre("李伟"));
  ASSERT_EQ(file.mistakes.size(), 1u);
  EXPECT_EQ(file.mistakes[0].line, 10);
}

TEST_P(GuideImportTest, XmlThatIsHostileIsRefused) {
  const auto told = [](const std::string& text) {
    const ImportFile file = read_xmltv(text);
    EXPECT_TRUE(file.lines.empty());
    return file.mistakes.empty() ? "" : file.mistakes.back().words;
  };
  EXPECT_THAT(told("<!DOCTYPE tv [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;\">]><tv>&c;</tv>"),
              HasSubstr("defines entities"));
  EXPECT_THAT(told("<!DOCTYPE tv [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><tv>&a;</tv>"),
              HasSubstr("defines entities"));
  EXPECT_THAT(told("<rss></rss>"), HasSubstr("no XMLTV"));
  EXPECT_THAT(told("<tv><programme>"), HasSubstr("no XML"));
  EXPECT_THAT(told(""), HasSubstr("no XML"));
  std::string deep = "<tv>";
  for (int i = 0; i < 20; ++i)
    deep += "<a>";
  EXPECT_THAT(told(deep), HasSubstr("in one another"));
  std::string many = "<tv>";
  for (size_t i = 0; i <= kMaxImported; ++i)
    many += "<programme start=\"2023\" stop=\"2024\"><title>x</title></programme>";
  EXPECT_THAT(told(many + "</tv>"), HasSubstr("more than 1000"));
}

}  // namespace
}  // namespace longmen
