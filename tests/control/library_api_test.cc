// The library over HTTP: who finds what, a page after the other, and what is asked wrongly.
#include <expat.h>
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "control/library_api.h"
#include "control/library_index.h"
#include "tests/control/catalogue.h"
#include "tests/control/studio_fixture.h"

namespace longmen {
namespace {

using test::Answer;
using test::Client;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kLibrary = "/api/v1/library";

// What a feed's reader makes of it: an element a line, "NAMESPACE name" of the channel's own and of
// its first item's, each with its text and attributes. Nothing: it is no XML, or an element that
// may stand once stands twice.
class FeedReader {
 public:
  using Elements = std::map<std::string, std::string>;
  static std::optional<FeedReader> read(const std::string& xml) {
    FeedReader feed;
    const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(
        XML_ParserCreateNS("UTF-8", ' '), XML_ParserFree);
    XML_SetUserData(parser.get(), &feed);
    XML_SetElementHandler(
        parser.get(),
        [](void* self, const XML_Char* name, const XML_Char** attributes) {
          static_cast<FeedReader*>(self)->begin(name, attributes);
        },
        [](void* self, const XML_Char*) { static_cast<FeedReader*>(self)->end(); });
    XML_SetCharacterDataHandler(parser.get(), [](void* self, const XML_Char* text, int bytes) {
      static_cast<FeedReader*>(self)->text_.append(text, static_cast<size_t>(bytes));
    });
    const bool whole =
        XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), 1) == XML_STATUS_OK;
    if (!whole || feed.twice_) return {};
    return feed;
  }
  Elements channel, item;  // the first one
  int items = 0;

 private:
  void begin(std::string name, const XML_Char** attributes) {
    if (path_ == std::vector<std::string>{"rss", "channel"} && name == "item") ++items;
    path_.push_back(name);
    text_.clear();
    for (; *attributes; attributes += 2)
      put(name + "@" + attributes[0], attributes[1]);
  }
  void end() {
    put(path_.back(), text_);
    path_.pop_back();
    text_.clear();
  }
  void put(const std::string& name, const std::string& value) {
    const bool of_item = path_.size() == 4 && path_[2] == "item";
    const bool of_channel = path_.size() == 3 && path_[2] != "item";
    if (of_channel) twice_ |= !channel.emplace(name, value).second;
    if (of_item && items == 1) twice_ |= !item.emplace(name, value).second;
  }
  std::vector<std::string> path_;
  std::string text_;
  bool twice_ = false;
};

class LibraryApiTest : public test::StudioFixture {
 protected:
  static constexpr int kItems = 60;

  void SetUp() override {
    StudioFixture::SetUp();
    std::vector<ChannelSeed> seeds(2);
    seeds[0].channel.id = "main";
    seeds[1].channel.id = "second";
    seeds[1].channel.access = Access::kToken;
    for (ChannelSeed& seed : seeds) {
      seed.channel.name = seed.channel.id;
      seed.channel.video = default_ladder();
    }
    const auto make = [seeds](Store& store) -> Result<void> {
      if (auto seeded = store.seed(seeds, test::kNow); !seeded)
        return tl::unexpected(seeded.error());
      return store.database().write("catalogue", [](soci::session& sql) -> Result<void> {
        test::put_catalogue(sql, kItems);
        LibraryIndex(sql).mark_all();
        return {};
      });
    };
    ASSERT_TRUE(wait(store_->run(make)));
    for (bool more = true; more;) {
      const Result<bool> done = wait(studio_->library().catch_up());
      ASSERT_TRUE(done) << done.error().message;
      more = *done;
    }
  }
  Answer ask(const std::string& query, const Client& client = {}) {
    return get(client, kLibrary + query);
  }
  std::vector<std::string> ids(const Answer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.text;
    std::vector<std::string> found;
    for (const json::value& each : answer.body.at("recordings").as_array())
      found.emplace_back(each.at("id").as_string());
    return found;
  }
};
LONGMEN_FOR_BOTH_DATABASES(LibraryApiTest);

TEST_P(LibraryApiTest, StrangersPageThroughWhatTheyMayWatch) {
  std::vector<std::string> all;
  std::string cursor;
  for (int pages = 0; pages < 10; ++pages) {
    const Answer answer = ask("?limit=20" + (cursor.empty() ? "" : "&cursor=" + cursor));
    for (const std::string& id : ids(answer))
      all.push_back(id);
    if (answer.body.at("next").is_null()) break;
    cursor = answer.body.at("next").as_string();
  }
  ASSERT_EQ(all.size(), 54U) << "six are of a channel that is not open";
  EXPECT_EQ(all.front(), "item-59");
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
  const Client admin = administrator();
  EXPECT_EQ(ids(ask("?all=true&limit=100", admin)).size(), 60U);
  EXPECT_EQ(ask("?all=true").status, 401);
  const Answer link =
      post(admin, "/api/v1/channels/second/watch-tokens", {{"for", "li"}, {"minutes", 10}});
  const std::string token(link.body.at("token").as_string());
  EXPECT_THAT(ids(ask("?channel=second&limit=2&token=" + token)),
              ElementsAre("item-50", "item-40"));
  EXPECT_THAT(ids(ask("?channel=second")), IsEmpty());
}

TEST_P(LibraryApiTest, FindsAndSaysUnderWhatThingsAreFiled) {
  // 柑橘
  const Answer answer = ask("?q=%E6%9F%91%E6%A9%98&theme=core-6&limit=2");
  EXPECT_THAT(ids(answer), ElementsAre("item-59", "item-47"));
  const json::value& first = answer.body.at("recordings").as_array().at(0);
  EXPECT_EQ(first.at("series_id"), "series-19");
  EXPECT_EQ(first.at("theme_id"), "core-6");
  const Answer facets = ask("/facets");
  ASSERT_EQ(facets.status, 200) << facets.text;
  EXPECT_EQ(facets.body.at("themes").as_array().size(), 6U);
  EXPECT_FALSE(facets.body.at("speakers").as_array().empty());
  EXPECT_EQ(facets.body.at("series").as_array().at(0).at("recordings"), 2);
}

TEST_P(LibraryApiTest, ASeriesIsAPodcast) {
  const auto tell_length = [](Store& store) -> Result<void> {
    return store.database().write("catalogue", [](soci::session& sql) -> Result<void> {
      sql << "UPDATE recordings SET sound_bytes = 4711, shown_from_ms = start_ms + 60000,"
             " shown_to_ms = start_ms + 160000 WHERE id = 'item-43'";
      return {};
    });
  };
  ASSERT_TRUE(wait(store_->run(tell_length)));
  const Answer answer = ask("/podcast.xml?series=series-3");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.fields.value("Content-Type"), "application/rss+xml; charset=utf-8");
  EXPECT_THAT(answer.text, HasSubstr("<title>远程教育栏目3</title>"));
  EXPECT_THAT(answer.text, HasSubstr("url=\"https://node.example:8443/replay/item-43/download.mp4"
                                     "?rendition=audio\" length=\"4711\""));
  EXPECT_THAT(answer.text, HasSubstr("?rendition=audio\" length=\"0\""));
  EXPECT_THAT(answer.text, HasSubstr("<itunes:duration>100</itunes:duration>")) << "trimmed";
  EXPECT_THAT(answer.text, HasSubstr("item-3<"));
  // Series 10 is of the channel that is not open.
  const Answer hidden = ask("/podcast.xml?series=series-10");
  EXPECT_THAT(hidden.text, Not(HasSubstr("栏目10")));
  EXPECT_THAT(hidden.text, Not(HasSubstr("<item>")));
}

TEST_P(LibraryApiTest, APodcastHasWhatDirectoriesAskFor) {
  const std::string itunes = "http://www.itunes.com/dtds/podcast-1.0.dtd ";
  const std::string atom = "http://www.w3.org/2005/Atom ";
  const std::string target = "/podcast.xml?series=series-3&q=";
  const auto feed = FeedReader::read(ask(target).text);
  ASSERT_TRUE(feed);
  EXPECT_GT(feed->items, 0);
  const std::string origin = "https://node.example:8443";
  EXPECT_EQ(feed->channel.at("title"), "远程教育栏目3");
  EXPECT_EQ(feed->channel.at("link"), origin + "/library");
  EXPECT_EQ(feed->channel.at("description"), "远程教育栏目3");
  EXPECT_EQ(feed->channel.at("language"), "zh-CN");
  EXPECT_EQ(feed->channel.at(itunes + "author"), "main");
  EXPECT_EQ(feed->channel.at(itunes + "image@href"), origin + "/replay/item-43/poster.jpg");
  EXPECT_EQ(feed->channel.at(itunes + "category@text"), "Education");
  EXPECT_EQ(feed->channel.at(itunes + "explicit"), "false");
  EXPECT_EQ(feed->channel.at(atom + "link@href"), origin + kLibrary + target);
  EXPECT_EQ(feed->channel.at(atom + "link@rel"), "self");
  for (const char* name :
       {"title", "guid", "link", "pubDate", "enclosure@url", "enclosure@length", "enclosure@type"})
    EXPECT_FALSE(feed->item.at(name).empty()) << name;
  EXPECT_FALSE(feed->item.at(itunes + "duration").empty());
  EXPECT_FALSE(feed->item.at(itunes + "author").empty());
  // The language is that of what is newest, and the addresses those that the node is told.
  const auto speak = [](Store& store) -> Result<void> {
    return store.database().write("catalogue", [](soci::session& sql) -> Result<void> {
      sql << "UPDATE sessions SET language = 'ug' WHERE id = 'item-43'";
      return {};
    });
  };
  ASSERT_TRUE(wait(store_->run(speak)));
  thread_.run([this] { studio_->set_public_url("https://live.example.org/tv"); });
  const auto told = FeedReader::read(ask(target).text);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->channel.at("language"), "ug");
  EXPECT_EQ(told->channel.at("link"), "https://live.example.org/tv/library");
  EXPECT_EQ(told->channel.at(atom + "link@href"),
            "https://live.example.org/tv" + kLibrary + target);
  EXPECT_THAT(told->item.at("enclosure@url"), StartsWith("https://live.example.org/tv/replay/"));
}

TEST_P(LibraryApiTest, WhatIsAskedWronglyIsRefusedWithWords) {
  EXPECT_EQ(ask("?q=" + std::string(201, 'a')).status, 422);
  EXPECT_EQ(ask("?cursor=x").status, 422);
  EXPECT_EQ(ask("?from_ms=soon").status, 422);
  EXPECT_EQ(ask("?q=%FF").status, 422);
  EXPECT_EQ(ask("?limit=-3").status, 200);
  EXPECT_THAT(ids(ask("?series=none")), IsEmpty());
}

}  // namespace
}  // namespace longmen
