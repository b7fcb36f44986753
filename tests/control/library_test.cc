// How recordings are found, and that what is found follows what is changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "control/chapter.h"
#include "control/library_index.h"
#include "control/library_query.h"
#include "control/recording_actions.h"
#include "tests/control/catalogue.h"
#include "tests/control/schedule_fixture.h"

namespace longmen {
namespace {

using test::ScheduleFixture;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LibraryTest : public ScheduleFixture {
 protected:
  // A session that was, and its recording.
  Session recorded(const std::string& title, int64_t start_ms = kStart,
                   const std::vector<std::string>& speakers = {}) {
    SessionWish made = wish(start_ms, title);
    made.speakers = speakers;
    Session session = scheduled(made);
    session = good(act(context("li", start_ms), session, SessionAction::kStart));
    session = good(act(context("li", start_ms + 5000), session, SessionAction::kEnd));
    tell({session.id,
          "main",
          session.id,
          title,
          "书记龙门阵",
          start_ms,
          start_ms + 5000,
          1000,
          0,
          "ended",
          {}});
    catch_up();
    return session;
  }
  void tell(const RecordingReport& report) {
    run([&](soci::session& sql) -> Decided<bool> {
      RecordingTable(sql).report("here", report, kNow);
      return true;
    });
  }
  int catch_up() {
    int done = 0;
    for (int more = 1; more > 0; done += more)
      more = run([](soci::session& sql) -> Decided<int> {
               return LibraryIndex(sql).catch_up();
             }).value_or(0);
    return done;
  }
  static LibraryQuery query_for(const std::string& words) {
    LibraryQuery query;
    query.search = library::read_search(words).value();
    return query;
  }
  LibraryPage page(const LibraryQuery& query) { return LibrarySearch(sql()).page(query); }
  std::vector<std::string> found(const LibraryQuery& query) {
    std::vector<std::string> titles;
    for (const FoundRecording& each : page(query).found)
      titles.push_back(each.recording.report.title);
    return titles;
  }
  std::vector<std::string> found(const std::string& words) { return found(query_for(words)); }
  int rows(const std::string& table) {
    int count = 0;
    sql() << "SELECT COUNT(*) FROM " + table, soci::into(count);
    return count;
  }
  Chapter mark(const Session& session, const std::string& title, int64_t at_ms) {
    return good(run([&](soci::session& sql) {
      return mark_chapter(sql, context("li", at_ms), session.id, {title, at_ms}, at_ms);
    }));
  }
};
LONGMEN_FOR_BOTH_DATABASES(LibraryTest);

TEST_P(LibraryTest, FindsByOneTwoAndMoreCharactersAndByBeginningsOfWords) {
  recorded("乡村振兴专题讲座", kStart, {"王建国"});
  recorded("柑橘种植 Online Workshop", kStart + 2 * kHour, {"李敏"});
  EXPECT_THAT(found(""), ElementsAre("柑橘种植 Online Workshop", "乡村振兴专题讲座"));
  EXPECT_THAT(found("村"), ElementsAre("乡村振兴专题讲座"));
  EXPECT_THAT(found("种植"), ElementsAre("柑橘种植 Online Workshop"));
  EXPECT_THAT(found("乡村振兴"), ElementsAre("乡村振兴专题讲座"));
  EXPECT_THAT(found("ＷＯＲＫ"), ElementsAre("柑橘种植 Online Workshop"));
  EXPECT_THAT(found("王建国"), ElementsAre("乡村振兴专题讲座"));
  EXPECT_THAT(found("龙门阵 李敏"), ElementsAre("柑橘种植 Online Workshop"))
      << "series and speaker";
  EXPECT_THAT(found("兴村"), IsEmpty());
  EXPECT_THAT(found("乡村 柑橘"), IsEmpty());
  EXPECT_THAT(found("' OR 1=1 --"), IsEmpty());
  EXPECT_THAT(found("%"), testing::SizeIs(2)) << "nothing is looked for";
}

TEST_P(LibraryTest, FollowsEveryChangeAndLeavesNothingBehind) {
  const Session first = recorded("第一讲");
  SessionWish renamed;
  renamed.title = "第二讲";
  renamed.place = "石桥镇";
  renamed.theme = "core-4";
  good(change(context_, session(first.id), renamed));
  catch_up();
  EXPECT_THAT(found("一讲"), IsEmpty());
  EXPECT_THAT(found("二讲 石桥"), ElementsAre("第二讲"));
  EXPECT_THAT(found("乡村振兴"), ElementsAre("第二讲")) << "its theme";
  good(run([&](soci::session& sql) {
    return change_theme(sql, context_, "core-4", {true, 0}, "数字乡村");
  }));
  good(run([&](soci::session& sql) {
    return change_series(sql, context_, series_, {true, 0}, {"夜校", std::nullopt});
  }));
  catch_up();
  EXPECT_THAT(found("振兴"), IsEmpty());
  EXPECT_THAT(found("夜校 数字"), ElementsAre("第二讲"));
  const Chapter chapter = mark(first, "灌溉技术", kStart + 1000);
  catch_up();
  ASSERT_THAT(found("灌溉"), ElementsAre("第二讲"));
  EXPECT_EQ(page(query_for("灌溉")).found[0].chapters.at(0).at_ms, kStart + 1000);
  good(run([&](soci::session& sql) {
    return change_chapter(sql, context_, chapter.id, {true, 0}, {"滴灌", std::nullopt});
  }));
  catch_up();
  EXPECT_THAT(found("灌溉"), IsEmpty());
  EXPECT_THAT(found("滴灌"), ElementsAre("第二讲"));
  // What is withdrawn leads nowhere, until it is given back.
  good(run([&](soci::session& sql) {
    return withdraw_range(sql, context_, first.id, {kStart + 500, kStart + 1500});
  }));
  catch_up();
  EXPECT_THAT(found("滴灌"), IsEmpty());
  good(run([&](soci::session& sql) {
    return give_back_ranges(sql, context_, first.id, {true, 0});
  }));
  catch_up();
  EXPECT_THAT(found("滴灌"), ElementsAre("第二讲"));
  // Nor does what is trimmed off.
  const auto trim = [&](const recording::TimeRange& shown) {
    good(run([&](soci::session& sql) {
      return trim_recording(sql, context_, first.id, {true, 0}, shown);
    }));
    catch_up();
  };
  const Chapter early = mark(first, "片头", kStart - 1500);
  trim({kStart, kStart + 1000});
  EXPECT_THAT(found("滴灌"), IsEmpty()) << "behind what is shown";
  EXPECT_THAT(found("片头"), ElementsAre("第二讲")) << "it means the start";
  trim({kStart + 2000, kStart + 5000});
  EXPECT_THAT(found("滴灌"), IsEmpty()) << "before it";
  EXPECT_THAT(found("片头"), IsEmpty());
  trim({});
  EXPECT_THAT(found("滴灌"), ElementsAre("第二讲"));
  good(run([&](soci::session& sql) { return remove_chapter(sql, context_, early.id, {true, 0}); }));
  good(run([&](soci::session& sql) {
    return remove_chapter(sql, context_, chapter.id, {true, 0});
  }));
  catch_up();
  EXPECT_THAT(found("滴灌"), IsEmpty());
  good(run([&](soci::session& sql) {
    return remove_recording(sql, context_, first.id, {true, 0}, first.id);
  }));
  EXPECT_THAT(found("二讲"), IsEmpty()) << "at once";
  catch_up();
  for (const char* table :
       {"library_documents", "library_grams", "library_facets", "library_stale"})
    EXPECT_EQ(rows(table), 0) << table;
}

TEST_P(LibraryTest, AlsoALongTextLeavesNothingBehind) {
  const Session session = recorded("第一讲");
  std::string letters;
  for (int i = 0; i < 90; ++i)
    letters += {'\xE4', static_cast<char>(0xB8 + i / 60), static_cast<char>(0x80 + i % 60)};
  const Chapter chapter = mark(session, letters, kStart + 1000);
  catch_up();
  ASSERT_GT(rows("library_grams"), 170);
  good(run([&](soci::session& sql) {
    return change_chapter(sql, context_, chapter.id, {true, 0}, {"灌溉", std::nullopt});
  }));
  catch_up();
  EXPECT_THAT(found("灌溉"), ElementsAre("第一讲"));
  EXPECT_LT(rows("library_grams"), 40);
}

TEST_P(LibraryTest, WhatHasNotChangedIsNotWritten) {
  const Session session = recorded("第一讲");
  int64_t number = 0;
  sql() << "SELECT number FROM library_documents", soci::into(number);
  const int grams = rows("library_grams");
  LibraryIndex(sql()).mark_all();
  EXPECT_EQ(catch_up(), 1);
  int64_t now = 0;
  sql() << "SELECT number FROM library_documents", soci::into(now);
  EXPECT_EQ(now, number);
  EXPECT_EQ(rows("library_grams"), grams);
  // Another version of the index does away with it all.
  EXPECT_FALSE(LibraryIndex(sql()).renew_form());
  sql() << "UPDATE library_documents SET form = 0";
  EXPECT_TRUE(LibraryIndex(sql()).renew_form());
  EXPECT_EQ(rows("library_grams"), 0);
  catch_up();
  EXPECT_THAT(found("一讲"), ElementsAre("第一讲"));
}

TEST_P(LibraryTest, StrangersFindThoseOfOpenChannels) {
  recorded("第一讲", kStart, {"王建国"});
  const auto places = [&](const RecordingAudience& audience) {
    return LibrarySearch(sql()).facets(audience, LibraryFacet::kSpeaker).size();
  };
  EXPECT_EQ(places({}), 1U);
  sql() << "UPDATE channels SET access = 'token' WHERE id = 'main'";
  EXPECT_THAT(found("一讲"), IsEmpty());
  EXPECT_EQ(places({}), 0U) << "nor do they hear who spoke";
  LibraryQuery guest = query_for("一讲");
  guest.audience.channel = "main";
  EXPECT_THAT(found(guest), ElementsAre("第一讲"));
  sql() << "UPDATE channels SET access = 'token'";
  EXPECT_THAT(found(guest), ElementsAre("第一讲")) << "the one channel that is left";
  LibraryQuery studio = query_for("一讲");
  studio.audience.everything = true;
  EXPECT_THAT(found(studio), ElementsAre("第一讲"));
}

TEST_P(LibraryTest, ACatalogueOfThousandsIsSearched) {
  run([](soci::session& sql) -> Decided<bool> {
    test::put_catalogue(sql);
    LibraryIndex(sql).mark_all();
    return true;
  });
  EXPECT_EQ(catch_up(), test::kCatalogueItems);
  std::vector<std::pair<std::string, std::string>> texts;  // of ids, the newest first
  for (int number = test::kCatalogueItems - 1; number >= 0; --number) {
    const auto item = test::catalogue_item(number);
    texts.emplace_back(item.id, test::catalogue_text(item));
  }
  for (const std::string words : {"桥", "柑橘", "集体经济", "王建国", "第399期", "工作研讨第7期",
                                  "石桥村柑橘种植", "吴娟", "不存在的", "栏目39"}) {
    std::vector<std::string> wanted, got;
    const std::string folded = library::fold(words);
    for (const auto& [id, text] : texts)
      if (text.find(folded) != std::string::npos) wanted.push_back(id);
    LibraryQuery query = query_for(words);
    query.limit = 100;
    int pages = 0;
    for (bool more = true; more && pages < 8; ++pages) {
      const LibraryPage some = page(query);
      for (const FoundRecording& each : some.found)
        got.push_back(each.recording.report.id);
      query.behind = some.next;
      more = some.next.has_value();
    }
    wanted.resize(std::min<size_t>(wanted.size(), 800));
    EXPECT_EQ(got, wanted) << words;
  }
  LibraryQuery filed = query_for("");
  filed.series = "series-7";
  filed.theme = "core-2";
  filed.from_ms = test::kCatalogueStart + 1000 * test::kCatalogueStep;
  filed.to_ms = filed.from_ms + 1200 * test::kCatalogueStep;
  EXPECT_EQ(page(filed).found.size(), 10U);
  // Also when many words are looked for besides.
  filed.search = library::read_search("村防灾减灾现场教学第 党群服务中心").value();
  const auto both = page(filed).found;
  EXPECT_EQ(both.size(), 10U);
  for (const FoundRecording& each : both)
    EXPECT_EQ(each.recording.series_id + each.recording.theme_id, "series-7core-2");
  filed.search = {};
  filed.channel = "second";
  EXPECT_EQ(page(filed).found.size(), 0U);
  LibraryQuery by_name = query_for("");
  by_name.speaker = "王建国";
  by_name.place = "石桥镇党群服务中心";
  const auto named = page(by_name).found;
  EXPECT_FALSE(named.empty());
  for (const FoundRecording& each : named)
    EXPECT_EQ(each.recording.speakers.at(0) + each.recording.place, "王建国石桥镇党群服务中心");
  const auto themes = LibrarySearch(sql()).facets({}, LibraryFacet::kTheme);
  ASSERT_EQ(themes.size(), 6U);
  EXPECT_EQ(themes[0].recordings, 3000);
}

// Each channel's are looked for apart then, and are told in order all the same.
TEST_P(LibraryTest, WhoMaySeeFewOfManyFindsThemAllInOrder) {
  ASSERT_TRUE(store_->seed({seed("third")}, kNow));
  constexpr int kItems = 600;
  run([](soci::session& sql) -> Decided<bool> {
    test::put_catalogue(sql, kItems);
    sql << "UPDATE recordings SET channel_id = 'third' WHERE channel_id = 'second' AND"
           " (start_ms - :start) / :step % 20 = 0",
        soci::use(test::kCatalogueStart, "start"), soci::use(test::kCatalogueStep, "step");
    LibraryIndex(sql).mark_all();
    return true;
  });
  catch_up();
  sql() << "UPDATE channels SET access = 'token' WHERE id = 'main'";
  std::map<std::string, int> of_channel;
  for (const std::string words : {"", "桥", "第", "柑橘", "集体经济"}) {
    std::vector<std::string> wanted, got;
    for (int number = kItems - 10; number >= 0; number -= 10) {
      const auto item = test::catalogue_item(number);
      if (test::catalogue_text(item).find(words) != std::string::npos) wanted.push_back(item.id);
    }
    LibraryQuery query = query_for(words);
    query.limit = 7;
    for (bool more = true; more && got.size() <= wanted.size();) {
      const LibraryPage some = page(query);
      for (const FoundRecording& each : some.found) {
        got.push_back(each.recording.report.id);
        ++of_channel[each.recording.report.channel];
      }
      query.behind = some.next;
      more = some.next.has_value();
    }
    EXPECT_EQ(got, wanted) << words;
    query.behind = {};
    query.channel = "third";
    for (const FoundRecording& each : page(query).found)
      EXPECT_EQ(each.recording.report.channel, "third");
    query.channel = "main";
    EXPECT_THAT(page(query).found, IsEmpty());
  }
  EXPECT_GT(of_channel["second"], 7);
  EXPECT_GT(of_channel["third"], 7);
  EXPECT_EQ(of_channel.size(), 2U);
}

TEST(LibraryPlace, IsReadAsItWasWritten) {
  const LibraryPlace place{1'700'000'000'000, 42};
  const auto read = library_place(to_text(place));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->start_ms, place.start_ms);
  EXPECT_EQ(read->number, place.number);
  for (const char* wrong : {"", "-", "1", "1-", "x-1", "1-2x", "99999999999999999999-1"})
    EXPECT_FALSE(library_place(wrong)) << wrong;
}

}  // namespace
}  // namespace longmen
