// A library that arrives package by package, as the gateway files each: what control is asked, what
// is reported of it afterwards, and that it is found. LONGMEN_CATALOGUE_ITEMS: how many, for a
// measurement.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "control/library_api.h"
#include "control/recordings_api.h"
#include "core/http/target.h"
#include "tests/control/catalogue.h"
#include "tests/control/studio_fixture.h"

namespace longmen {
namespace {

namespace json = boost::json;
using test::Answer;
using test::CatalogueItem;
using test::Client;

class CatalogueImportTest : public test::StudioFixture {
 protected:
  static int items() {
    const char* const asked = std::getenv("LONGMEN_CATALOGUE_ITEMS");
    return asked ? std::atoi(asked) : 200;
  }

  void SetUp() override {
    StudioFixture::SetUp();
    std::vector<ChannelSeed> seeds(2);
    seeds[0].channel.id = "main";
    seeds[1].channel.id = "second";
    for (ChannelSeed& seed : seeds) {
      seed.channel.name = seed.channel.id;
      seed.channel.video = default_ladder();
    }
    const auto make = [seeds](Store& store) { return store.seed(seeds, test::kNow); };
    ASSERT_TRUE(wait(store_->run(make)));
    admin_ = administrator();
    const Answer themes = get(admin_, "/api/v1/themes");
    for (const json::value& each : themes.body.at("themes").as_array())
      themes_[std::string(each.at("id").as_string())] = each.at("title").as_string();
  }
  static std::string id_of(int number) { return fmt::format("{:016x}", number + 1); }
  static std::string series_of(const CatalogueItem& item) {
    return "远程教育栏目" + item.series.substr(7);
  }
  static int64_t end_of(const CatalogueItem& item) {
    return item.start_ms + test::kCatalogueStep / 2;
  }
  // As a package of it says.
  json::object talk_of(const CatalogueItem& item) {
    json::array chapters;
    for (size_t i = 0; i < item.chapters.size(); ++i)
      if (!item.chapters[i].empty())
        chapters.push_back(json::object{{"at_ms", item.start_ms + 60'000 * static_cast<int64_t>(i)},
                                        {"title", item.chapters[i]}});
    return {{"title", item.title},
            {"description", ""},
            {"series", series_of(item)},
            {"theme", themes_.at(item.theme)},
            {"speakers", json::parse(item.speakers)},
            {"language", "zh-CN"},
            {"place", item.place},
            {"chapters", std::move(chapters)}};
  }
  // One after the other, as packages come; reported as they are there.
  void import_all() {
    RecordingSyncRequest news;
    news.node = "here";
    for (int number = 0; number < items_; ++number) {
      const CatalogueItem item = test::catalogue_item(number);
      const Answer filed = post(admin_, "/api/v1/packages",
                                {{"channel", item.channel},
                                 {"recording", id_of(number)},
                                 {"start_ms", item.start_ms},
                                 {"end_ms", end_of(item)},
                                 {"talk", talk_of(item)}});
      ASSERT_EQ(filed.status, 200) << filed.text;
      ASSERT_EQ(filed.body.at("recording").as_string(), id_of(number));
      RecordingReport report;
      report.id = id_of(number);
      report.channel = item.channel;
      report.session = filed.body.at("session").as_string();
      report.title = item.title;
      report.series = series_of(item);
      report.start_ms = item.start_ms;
      report.end_ms = end_of(item);
      report.state = "ended";
      news.recordings.push_back(std::move(report));
      if (news.recordings.size() < kMaxReportsAtOnce && number + 1 < items_) continue;
      Client gateway;
      gateway.gateway = false;
      const Answer told = post(gateway, "/local/v1/recordings", json::parse(to_json(news)));
      ASSERT_EQ(told.status, 200) << told.text;
      news.known =
          recording_sync_response_from_json(told.text).value_or(RecordingSyncResponse{}).newest;
      news.recordings.clear();
      const Result<bool> more = wait(studio_->library().catch_up());
      ASSERT_TRUE(more) << more.error().message;
    }
    for (bool more = true; more;) {
      const Result<bool> done = wait(studio_->library().catch_up());
      ASSERT_TRUE(done) << done.error().message;
      more = *done;
    }
  }
  std::vector<std::string> found(const std::string& words) {
    std::vector<std::string> all;
    std::string cursor;
    for (int pages = 0; pages <= items_ / kMaxLibraryPage; ++pages) {
      const Answer answer = get(
          Client(), fmt::format("/api/v1/library?limit={}&q={}{}", kMaxLibraryPage,
                                percent_encode(words), cursor.empty() ? "" : "&cursor=" + cursor));
      EXPECT_EQ(answer.status, 200) << answer.text;
      if (answer.status != 200) break;
      for (const json::value& each : answer.body.at("recordings").as_array())
        all.emplace_back(each.at("id").as_string());
      if (answer.body.at("next").is_null()) break;
      cursor = answer.body.at("next").as_string();
    }
    return all;
  }

  const int items_ = items();
  Client admin_;
  std::map<std::string, std::string> themes_;
};
LONGMEN_FOR_BOTH_DATABASES(CatalogueImportTest);

TEST_P(CatalogueImportTest, ThousandsOfPackagesAreFiledAndFound) {
  ASSERT_NO_FATAL_FAILURE(import_all());
  for (const std::string words :
       {"", "桥", "柑橘", "王建国", "第399期", "石桥村柑橘种植", "不存在的", "栏目39"}) {
    std::vector<std::string> wanted;
    for (int number = items_ - 1; number >= 0; --number)
      if (test::catalogue_has(test::catalogue_item(number), words)) wanted.push_back(id_of(number));
    EXPECT_EQ(found(words), wanted) << words;
  }
  const Answer facets = get(Client(), "/api/v1/library/facets");
  ASSERT_EQ(facets.status, 200) << facets.text;
  EXPECT_EQ(facets.body.at("themes").as_array().size(), 6U);
  EXPECT_EQ(facets.body.at("series").as_array().size(), 40U) << "each made once, by its title";
}

}  // namespace
}  // namespace longmen
