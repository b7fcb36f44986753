// What people want of recordings, and what the gateway is told of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "control/channel_sessions.h"
#include "control/chapter.h"
#include "control/kept_talk.h"
#include "control/recording_actions.h"
#include "tests/control/schedule_fixture.h"

namespace longmen {
namespace {

using test::ScheduleFixture;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RecordingsTest : public ScheduleFixture {
 protected:
  static RecordingReport report(const std::string& id, int64_t start_ms, const std::string& state) {
    RecordingReport made{id, "main", "", "标题", "栏目", start_ms, 0, 1000, 0, state, {}};
    if (state != "recording") made.end_ms = start_ms + kHour;
    return made;
  }
  void tell(const RecordingReport& said, const std::string& node = "here") {
    run([&](soci::session& sql) -> Decided<bool> {
      RecordingTable(sql).report(node, said, kNow);
      return true;
    });
  }
  std::vector<std::string> listed(const RecordingQuery& query = {}) {
    std::vector<std::string> ids;
    run([&](soci::session& sql) -> Decided<bool> {
      for (const StoredRecording& each : RecordingTable(sql).page(query))
        ids.push_back(each.report.id);
      return true;
    });
    return ids;
  }
  std::vector<RecordingOrder> orders(int64_t known) {
    std::vector<RecordingOrder> found;
    run([&](soci::session& sql) -> Decided<bool> {
      auto answer = RecordingTable(sql).orders(known);
      found = std::move(answer.orders);
      newest_ = answer.newest;
      return true;
    });
    return found;
  }
  auto keep(const std::string& id, bool value, SeenVersion seen = {true, 0}) {
    return run([&](soci::session& sql) { return keep_recording(sql, context_, id, seen, value); });
  }
  auto remove(const std::string& id, const std::string& confirmed) {
    return run([&](soci::session& sql) {
      return remove_recording(sql, context_, id, {true, 0}, confirmed);
    });
  }
  auto withdraw(const std::string& id, int64_t from_ms, int64_t to_ms) {
    return run([&](soci::session& sql) {
      return withdraw_range(sql, context_, id, {from_ms, to_ms});
    });
  }

  int64_t newest_ = 0;
};

LONGMEN_FOR_BOTH_DATABASES(RecordingsTest);

TEST_P(RecordingsTest, AreListedAsTheGatewayReportsThem) {
  tell(report("a", kNow, "ended"));
  tell(report("b", kNow + kHour, "recording"));
  EXPECT_THAT(listed(), ElementsAre("b", "a"));
  RecordingQuery before;
  before.before_ms = kNow + 1;
  EXPECT_THAT(listed(before), ElementsAre("a"));
  tell(report("a", kNow, "gone"));
  EXPECT_THAT(listed(), ElementsAre("b"));
  tell(report("a", kNow, "ended"));  // brought back
  EXPECT_THAT(listed(), ElementsAre("b", "a"));
  tell(report("b", kNow, "gone"), "elsewhere");  // not that one's to say
  EXPECT_THAT(listed(), ElementsAre("b", "a"));
}

TEST_P(RecordingsTest, AreRemovedWhenThatIsConfirmed) {
  tell(report("a", kNow, "ended"));
  tell(report("b", kNow, "recording"));
  EXPECT_THAT(words(remove("a", "")), HasSubstr("409"));
  EXPECT_THAT(words(remove("b", "b")), HasSubstr("being recorded"));
  good(keep("a", true));
  EXPECT_THAT(words(remove("a", "a")), HasSubstr("kept for ever"));
  good(keep("a", false));
  good(remove("a", "a"));
  EXPECT_THAT(listed(), ElementsAre("b"));
  EXPECT_THAT(words(remove("a", "a")), HasSubstr("404"));
  const auto found = orders(0);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].remove);
}

TEST_P(RecordingsTest, OrdersAreThoseThatAreNew) {
  tell(report("a", kNow, "ended"));
  tell(report("b", kNow, "ended"));
  EXPECT_THAT(orders(0), IsEmpty());
  good(keep("a", true));
  good(withdraw("b", kNow + 5000, kNow + 6000));
  ASSERT_EQ(orders(0).size(), 2U);
  const int64_t known = newest_;
  EXPECT_THAT(orders(known), IsEmpty());
  good(withdraw("b", kNow, kNow + 10));
  const auto found = orders(known);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "b");
  EXPECT_THAT(found[0].withdrawn, ElementsAre(recording::TimeRange{kNow + 5000, kNow + 6000},
                                              recording::TimeRange{kNow, kNow + 10}));
  // A number never comes twice, whatever goes.
  tell(report("b", kNow, "gone"));
  good(keep("a", false));
  EXPECT_EQ(orders(found.size() + known).size(), 1U);
  EXPECT_THAT(words(withdraw("a", 10, 10)), HasSubstr("422"));
}

TEST_P(RecordingsTest, WhatACutTookBackIsWithdrawnUntilSomebodyGivesItBack) {
  RecordingReport cut = report("a", kNow, "ended");
  cut.cuts = {{kNow + 1000, kNow + 61'000}};
  tell(report("a", kNow, "ended"));
  tell(cut);
  tell(cut);  // told again, it is the same one
  tell(cut, "elsewhere");
  good(withdraw("a", kNow, kNow + 10));
  auto found = orders(0);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].withdrawn, ElementsAre(cut.cuts[0], recording::TimeRange{kNow, kNow + 10}));
  EXPECT_THAT(found[0].given_back, IsEmpty());
  const auto give_back = [&](int64_t version) {
    return run([&](soci::session& sql) {
      return give_back_ranges(sql, context_, "a", {false, version});
    });
  };
  EXPECT_THAT(words(give_back(1)), HasSubstr("412")) << "who has not seen the cut gives none back";
  EXPECT_TRUE(good(give_back(3)).withdrawn.empty());
  tell(cut);  // the gateway does not forget it
  found = orders(0);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].withdrawn, IsEmpty());
  EXPECT_THAT(found[0].given_back, ElementsAre(cut.cuts[0]));
}

TEST_P(RecordingsTest, StrangersSeeThoseOfOpenChannels) {
  tell(report("a", kNow, "ended"));
  RecordingQuery stranger;
  EXPECT_THAT(listed(stranger), ElementsAre("a"));
  sql() << "UPDATE channels SET access = 'token' WHERE id = 'main'";
  EXPECT_THAT(listed(stranger), IsEmpty());
  RecordingQuery guest;
  guest.audience.channel = "main";
  EXPECT_THAT(listed(guest), ElementsAre("a"));
  RecordingReport gone = report("b", kNow, "ended");
  gone.channel = "gone";
  tell(gone);
  guest.audience.channel = "gone";
  EXPECT_THAT(listed(guest), IsEmpty()) << "nobody may watch those";
  RecordingQuery studio;
  studio.audience.everything = true;
  EXPECT_THAT(listed(studio), ElementsAre("a", "b"));
}

TEST_P(RecordingsTest, TheGatewayIsToldOfChapters) {
  const auto made = good(run(
      [&](soci::session& sql) { return schedule_sessions(sql, context_, wish(), std::nullopt); }));
  const Session live = good(act(context("li", kStart), made[0], SessionAction::kStart));
  const auto mark = [&](const std::string& title, int64_t at_ms) {
    return good(run([&](soci::session& sql) {
      return mark_chapter(sql, context("li", at_ms), live.id, {title, at_ms}, at_ms);
    }));
  };
  const Chapter first = mark("开场", kStart + 1000);
  EXPECT_THAT(orders(0), IsEmpty()) << "nothing is recorded yet";
  RecordingReport recording = report(live.id, kStart, "recording");
  recording.session = live.id;
  tell(recording);
  auto found = orders(0);
  ASSERT_EQ(found.size(), 1U) << "one that was marked before";
  EXPECT_THAT(found[0].chapters,
              ElementsAre(recording::RecordedChapter{first.id, kStart + 1000, "开场", 1}));
  tell(recording);
  EXPECT_THAT(orders(newest_), IsEmpty()) << "told once";
  int64_t known = newest_;
  mark("问答", kStart + 2000);
  found = orders(known);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].chapters.size(), 2U);
  known = newest_;
  good(run([&](soci::session& sql) { return remove_chapter(sql, context_, first.id, {true, 0}); }));
  found = orders(known);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].chapters.at(0).title, "问答");
}

TEST_P(RecordingsTest, ManyOrdersComeOneAnswerAfterTheOther) {
  for (size_t i = 0; i < kMaxOrdersAtOnce + 3; ++i)
    tell(report(fmt::format("r{}", i), kNow, "ended"));
  sql() << "UPDATE recordings SET order_number = CAST(substr(id, 2) AS INTEGER) + 1";
  std::set<std::string> ids;
  for (const RecordingOrder& order : orders(0))
    ids.insert(order.id);
  EXPECT_EQ(ids.size(), kMaxOrdersAtOnce);
  for (const RecordingOrder& order : orders(newest_))
    ids.insert(order.id);
  EXPECT_EQ(ids.size(), kMaxOrdersAtOnce + 3);
  EXPECT_THAT(orders(newest_), IsEmpty());
}

TEST_P(RecordingsTest, AChangeNamesTheVersionThatItWasMadeLookingAt) {
  tell(report("a", kNow, "ended"));
  const auto kept = good(keep("a", true, {false, 1}));
  EXPECT_EQ(kept.row.version, 2);
  EXPECT_THAT(words(keep("a", false, {false, 1})), HasSubstr("412"));
}

TEST_P(RecordingsTest, AChannelIsToldItsSession) {
  const auto made = good(run(
      [&](soci::session& sql) { return schedule_sessions(sql, context_, wish(), std::nullopt); }));
  const auto act = [&](SessionAction action, int64_t now_ms) {
    return good(run([&](soci::session& sql) {
      return act_on_session(sql, context("li", now_ms), made[0].id, {true, 0}, action);
    }));
  };
  const auto told = [&](int64_t now_ms) {
    std::vector<Channel> channels(1);
    channels[0].id = "main";
    run([&](soci::session& sql) -> Decided<bool> {
      add_sessions(sql, channels, now_ms, std::chrono::minutes(10));
      return true;
    });
    return channels[0].session;
  };
  EXPECT_FALSE(told(kNow));
  act(SessionAction::kStart, kStart);
  ASSERT_TRUE(told(kStart + 1));
  EXPECT_EQ(told(kStart + 1)->title, "第一期");
  EXPECT_EQ(told(kStart + 1)->live_ms, kStart);
  EXPECT_EQ(told(kStart + 1)->ended_ms, 0);
  act(SessionAction::kEnd, kStart + 5000);
  EXPECT_EQ(told(kStart + 6000)->ended_ms, kStart + 5000);
  EXPECT_FALSE(told(kStart + 5000 + 600'000));
  act(SessionAction::kReopen, kStart + 7000);
  EXPECT_EQ(told(kStart + 8000)->ended_ms, 0);
}

TEST_P(RecordingsTest, KeepTheLengthOfTheirSoundWhileNoOtherIsSaid) {
  RecordingReport said = report("a", kNow, "ended");
  const auto told = [&](int64_t bytes) {
    said.sound_bytes = bytes;
    tell(said);
    return good(run([&](soci::session& sql) -> Decided<int64_t> {
      return RecordingTable(sql).by_id("a")->report.sound_bytes;
    }));
  };
  EXPECT_EQ(told(-1), 0);
  EXPECT_EQ(told(57'600'123), 57'600'123);
  EXPECT_EQ(told(-1), 57'600'123);
  EXPECT_EQ(told(28'800'000), 28'800'000);
  EXPECT_EQ(told(0), 0);
}

TEST_P(RecordingsTest, AreTrimmedToWholeSegmentsAndShownWholeAgain) {
  RecordingReport said = report("a", kNow, "ended");
  said.segment_ms = 2000;
  tell(said);
  tell(report("b", kNow, "recording"));
  const auto trim = [&](const std::string& id, recording::TimeRange shown) {
    return run([&](soci::session& sql) {
      return trim_recording(sql, context_, id, {true, 0}, shown);
    });
  };
  const recording::TimeRange whole{(kNow + 3100) / 2000 * 2000, (kNow + 9100 + 1999) / 2000 * 2000};
  EXPECT_EQ(good(trim("a", {kNow + 3100, kNow + 9100})).shown, whole);
  ASSERT_EQ(orders(0).size(), 1U);
  EXPECT_EQ(orders(0)[0].shown, whole);
  EXPECT_THAT(words(trim("a", {5, 9})), HasSubstr("422"));
  EXPECT_THAT(words(trim("a", {kNow + 9, kNow + 5})), HasSubstr("422"));
  EXPECT_THAT(words(trim("b", {kNow + 1, kNow + 5000})), HasSubstr("it goes on"));
  good(trim("a", {}));
  EXPECT_EQ(orders(0)[0].shown, recording::TimeRange{});
}

TEST_P(RecordingsTest, AreKeptForAsLongAsTheirSeriesSays) {
  RecordingReport said = report("a", kNow, "ended");
  KeptTalk talk;
  talk.title = "第一期";
  talk.series = "党员开会了";
  talk.theme = "一件小事";
  talk.chapters = {{"", kNow + 1000, "开场", 1}, {"", kNow - kHour, "以前", 1}};
  const auto file = [&] {
    return good(run([&](soci::session& sql) {
      return file_talk(sql, context_, "main", talk, {kNow - 1000, kNow + kHour});
    }));
  };
  const Session filed = file();
  EXPECT_EQ(filed.series, file().series) << "made once";
  EXPECT_EQ(filed.life.state, SessionState::kEnded);
  EXPECT_LT(reopen_until_ms(filed.life, context_.settings.reopen_within), kNow);
  said.session = filed.id;
  tell(said);
  auto found = orders(0);
  ASSERT_EQ(found.size(), 1U);
  ASSERT_EQ(found[0].chapters.size(), 1U);
  EXPECT_EQ(found[0].chapters[0].title, "开场");
  const auto keep_days = [&](int64_t days) {
    return run([&](soci::session& sql) {
      return change_series(sql, context_, filed.series, {true, 0}, {{}, {}, days});
    });
  };
  EXPECT_THAT(words(keep_days(-2)), HasSubstr("422"));
  EXPECT_THAT(words(keep_days(int64_t{1} << 40)), HasSubstr("422"));
  good(keep_days(90));
  EXPECT_EQ(orders(0)[0].keep_days, 90);
  said.id = "later";
  tell(said);
  EXPECT_EQ(orders(0).back().id, "later");
  EXPECT_EQ(orders(0).back().keep_days, 90);
}

TEST_P(RecordingsTest, AClipIsWithdrawnWithItsSource) {
  tell(report("a", kNow, "ended"));
  RecordingReport clip = report("c", kNow + 1000, "ended");
  clip.source = "a";
  clip.end_ms = kNow + 5000;
  tell(clip);
  good(withdraw("a", kNow + 2000, kNow + 3000));
  good(withdraw("a", kNow + 7000, kNow + 8000));
  const auto of = [&](const std::string& id) {
    std::vector<recording::TimeRange> ranges;
    for (const RecordingOrder& order : orders(0))
      if (order.id == id) ranges = order.withdrawn;
    return ranges;
  };
  EXPECT_THAT(of("c"), ElementsAre(recording::TimeRange{kNow + 2000, kNow + 3000}));
  EXPECT_EQ(of("a").size(), 2U);
  // One that was being made meanwhile has it, too; and one whose source has gone.
  RecordingReport later = clip;
  later.id = "d";
  later.source = "c";
  tell(later);
  EXPECT_THAT(of("d"), ElementsAre(recording::TimeRange{kNow + 2000, kNow + 3000}));
  clip.state = "gone";
  tell(clip);
  good(withdraw("a", kNow + 4000, kNow + 4100));
  EXPECT_EQ(of("d").size(), 2U);
  // Of what says that it is of itself, as much as of any.
  RecordingReport own = report("e", kNow, "ended");
  own.source = "e";
  tell(own);
  good(withdraw("e", kNow, kNow + 10));
  EXPECT_EQ(of("e").size(), 1U);
}

TEST_P(RecordingsTest, AnIdThatIsTakenOrNoSessionsIsAnother) {
  tell(report("00112233aabbccdd", kNow, "gone"));
  tell(report("00112233aabbccdd", kNow, "ended"));
  run([&](soci::session& sql) -> Decided<bool> {
    const std::string other = "ffffffffffffffff";
    EXPECT_EQ(free_recording_id(sql, "00112233aabbccdd", other), other);
    EXPECT_EQ(free_recording_id(sql, "00112233aabbccde", other), "00112233aabbccde");
    EXPECT_EQ(free_recording_id(sql, "main-20261127", other), other);
    EXPECT_EQ(free_recording_id(sql, "../../../../etc/", other), other);
    return true;
  });
}

}  // namespace
}  // namespace longmen
