// What the gateway asks of control about the files of recordings, and trims and retention by
// series.
#include <gmock/gmock.h>

#include "control/audit.h"
#include "control/kept_talk.h"
#include "control/recordings_api.h"
#include "tests/control/studio_fixture.h"

namespace longmen {
namespace {

namespace json = boost::json;
using test::Answer;
using test::Client;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kOneRecording = "/api/v1/recordings/a";

class RecordingFilesTest : public test::StudioFixture {
 protected:
  void SetUp() override {
    StudioFixture::SetUp();
    ChannelSeed seed;
    seed.channel.id = "main";
    seed.channel.name = "main";
    seed.channel.video = default_ladder();
    const auto make = [seed](Store& store) { return store.seed({seed}, test::kNow); };
    ASSERT_TRUE(wait(store_->run(make)));
    admin_ = administrator();
    tell({report("a")});
  }
  static RecordingReport report(const std::string& id, const std::string& session = "") {
    RecordingReport made{id,   "main", session, id, "", kStartOfIt, kStartOfIt + 60'000,
                         1000, 0,      "ended", {}};
    made.segment_ms = 2000;
    return made;
  }
  std::vector<RecordingOrder> tell(const std::vector<RecordingReport>& reports, int64_t known = 0) {
    RecordingSyncRequest request;
    request.node = "here";
    request.known = known;
    request.recordings = reports;
    Client gateway;
    gateway.gateway = false;
    const Answer answer = post(gateway, "/local/v1/recordings", json::parse(to_json(request)));
    EXPECT_EQ(answer.status, 200) << answer.text;
    return recording_sync_response_from_json(answer.text).value_or(RecordingSyncResponse{}).orders;
  }
  static Client with(Client client, const std::string& field, const std::string& value) {
    client.more.emplace_back(field, value);
    return client;
  }
  Answer patch(const json::value& body) {
    return send(with(admin_, "If-Match", "*"), "PATCH", kOneRecording, body);
  }
  std::vector<std::string> audited() {
    std::vector<std::string> actions;
    const Answer answer = get(admin_, "/api/v1/audit");
    for (const json::value& each : answer.body.at("rows").as_array())
      actions.emplace_back(each.at("action").as_string());
    return actions;
  }
  json::object talk(const std::string& title) const {
    return {
        {"title", title},
        {"series", "书记龙门阵"},
        {"theme", "乡村振兴的一件小事"},
        {"speakers", json::array{"李"}},
        {"language", "zh-CN"},
        {"place", "龙门镇"},
        {"chapters", json::array{json::object{{"at_ms", kStartOfIt + 1000}, {"title", "开场"}}}}};
  }
  Answer import(const std::string& title, const std::string& as, bool taken = false) {
    return post(admin_, "/api/v1/packages",
                {{"channel", "main"},
                 {"taken", taken},
                 {"recording", as},
                 {"start_ms", kStartOfIt},
                 {"end_ms", kStartOfIt + 60'000},
                 {"talk", talk(title)}});
  }

  static constexpr int64_t kStartOfIt = test::kNow - 3'600'000;
  Client admin_;
};

LONGMEN_FOR_BOTH_DATABASES(RecordingFilesTest);

TEST_P(RecordingFilesTest, CoursewareNeedsLeaveAndIsAudited) {
  const json::object file{{"id", "f1"}, {"name", "讲义.pdf"}};
  EXPECT_EQ(post(Client(), kOneRecording + "/courseware", json::object()).status, 401);
  EXPECT_EQ(post(admin_, kOneRecording + "/courseware", json::object()).status, 200);
  EXPECT_EQ(post(admin_, "/api/v1/recordings/none/courseware", json::object()).status, 404);
  EXPECT_EQ(post(admin_, kOneRecording + "/courseware", {{"file", file}}).status, 200);
  const std::string one = kOneRecording + "/courseware/f1";
  EXPECT_EQ(send(admin_, "DELETE", one, {{"file", file}}).status, 409);
  EXPECT_EQ(send(admin_, "DELETE", one + "?confirm=f1", {{"file", file}}).status, 200);
  const auto actions = audited();
  EXPECT_EQ(std::ranges::count(actions, "courseware.add"), 1);
  EXPECT_EQ(std::ranges::count(actions, "courseware.remove"), 1);
}

TEST_P(RecordingFilesTest, CaptionsNeedLeaveAndAreAudited) {
  const std::string one = kOneRecording + "/captions/zh-Hans";
  const json::object before{{"language", "zh-Hans"}, {"id", "c1"}};
  const json::object after{{"language", "zh-Hans"}, {"id", "c2"}};
  EXPECT_EQ(send(Client(), "PUT", one, json::object()).status, 401);
  EXPECT_EQ(send(admin_, "PUT", one, json::object()).status, 200);
  EXPECT_EQ(send(admin_, "PUT", "/api/v1/recordings/none/captions/en", json::object()).status, 404);
  RecordingReport goes_on = report("b");
  goes_on.end_ms = 0;
  goes_on.state = "recording";
  tell({report("a"), goes_on});
  EXPECT_EQ(send(admin_, "PUT", "/api/v1/recordings/b/captions/en", json::object()).status, 409);
  EXPECT_THAT(audited(), ::testing::Not(::testing::Contains("captions.set")));
  EXPECT_EQ(send(admin_, "PUT", one, {{"captions", after}, {"before", before}}).status, 200);
  EXPECT_EQ(send(admin_, "DELETE", one, {{"captions", after}}).status, 409);
  EXPECT_EQ(send(admin_, "DELETE", one + "?confirm=zh-Hans", json::object()).status, 404);
  EXPECT_EQ(send(admin_, "DELETE", one + "?confirm=zh-Hans", {{"captions", after}}).status, 200);
  const auto actions = audited();
  EXPECT_EQ(std::ranges::count(actions, "captions.set"), 1);
  EXPECT_EQ(std::ranges::count(actions, "captions.remove"), 1);
}

TEST_P(RecordingFilesTest, AnImportedTalkIsFiledBySeriesAndThemeOfThatName) {
  EXPECT_EQ(post(admin_, "/api/v1/packages", {{"channel", "none"}}).status, 422);
  EXPECT_EQ(post(admin_, "/api/v1/packages", {{"channel", "main"}}).status, 200);
  const std::string as = "00112233aabbccdd";
  const Answer other = import("另一期", as, /*taken=*/true);
  ASSERT_EQ(other.status, 200) << other.text;
  EXPECT_EQ(other.body.at("recording"), other.body.at("session")) << "the gateway has it already";
  const Answer first = import("第一期", as);
  ASSERT_EQ(first.status, 200) << first.text;
  EXPECT_EQ(first.body.at("recording").as_string(), as);
  const std::string session(first.body.at("session").as_string());
  tell({report(as, session)});
  const Answer second = import("第二期", as);
  ASSERT_EQ(second.status, 200);
  EXPECT_NE(second.body.at("recording").as_string(), as) << "it is taken";
  EXPECT_NE(import("第三期", "main-20261127").body.at("recording").as_string(), "main-20261127");
  const Answer series = get(admin_, "/api/v1/series");
  EXPECT_EQ(series.body.at("series").as_array().size(), 1U) << "made once";
  const Answer listed = get(admin_, "/api/v1/recordings?all=true&id=" + as);
  const json::value& found = listed.body.at("recordings").at(0);
  EXPECT_EQ(found.at("title").as_string(), "第一期");
  EXPECT_EQ(found.at("theme").as_string(), "乡村振兴的一件小事");
  EXPECT_EQ(found.at("place").as_string(), "龙门镇");
  const auto orders = tell({});
  ASSERT_FALSE(orders.empty());
  ASSERT_EQ(orders.back().chapters.size(), 1U);
  EXPECT_EQ(orders.back().chapters[0].title, "开场");
  EXPECT_EQ(import(std::string(400, 'x'), as).status, 422);
}

TEST_P(RecordingFilesTest, WhatIsSaidOfATalkGoesWithIt) {
  const Answer in = import("第一期", "00112233aabbccdd");
  tell({report("00112233aabbccdd", std::string(in.body.at("session").as_string()))});
  const Answer out = get(admin_, "/api/v1/recordings/00112233aabbccdd/package");
  ASSERT_EQ(out.status, 200) << out.text;
  const KeptTalk told = kept_talk_from_json(out.body.at("talk").as_object());
  EXPECT_EQ(told.title, "第一期");
  EXPECT_EQ(told.series, "书记龙门阵");
  EXPECT_EQ(told.language, "zh-CN");
  EXPECT_THAT(told.speakers, ElementsAre("李"));
  EXPECT_EQ(told.chapters.size(), 1U);
  EXPECT_EQ(get(Client(), "/api/v1/recordings/00112233aabbccdd/package").status, 401);
}

TEST_P(RecordingFilesTest, ATrimIsToWholeSegmentsAndCanBeUndone) {
  const Answer trimmed =
      patch({{"shown", {{"from_ms", kStartOfIt + 3'100}, {"to_ms", kStartOfIt + 9'100}}}});
  ASSERT_EQ(trimmed.status, 200) << trimmed.text;
  const auto wanted = json::object{{"from_ms", (kStartOfIt + 3'100) / 2000 * 2000},
                                   {"to_ms", (kStartOfIt + 9'100 + 1999) / 2000 * 2000}};
  EXPECT_EQ(trimmed.body.at("shown"), wanted);
  auto orders = tell({});
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].shown.from_ms, wanted.at("from_ms").as_int64());
  EXPECT_EQ(patch({{"shown", {{"from_ms", 5}, {"to_ms", 9}}}}).status, 422);
  EXPECT_EQ(patch(json::object()).status, 422);
  EXPECT_EQ(patch({{"shown", nullptr}}).status, 200);
  orders = tell({});
  EXPECT_EQ(orders[0].shown, recording::TimeRange{});
}

TEST_P(RecordingFilesTest, AClipIsASessionOfItsOwnAndIsWithdrawnWithItsSource) {
  const Answer made =
      post(admin_, kOneRecording + "/clips",
           {{"title", "渠道"}, {"from_ms", kStartOfIt}, {"to_ms", kStartOfIt + 10'000}});
  ASSERT_EQ(made.status, 200) << made.text;
  const std::string id(made.body.at("recording").as_string());
  RecordingReport clip = report(id, id);
  clip.source = "a";
  clip.end_ms = kStartOfIt + 10'000;
  tell({clip});
  const Answer listed = get(admin_, "/api/v1/recordings?all=true&id=" + id);
  EXPECT_EQ(listed.body.at("recordings").at(0).at("source").as_string(), "a");
  EXPECT_EQ(listed.body.at("recordings").at(0).at("title").as_string(), "渠道");
  const json::object range{{"from_ms", kStartOfIt + 1000}, {"to_ms", kStartOfIt + 2000}};
  EXPECT_EQ(post(admin_, kOneRecording + "/withdrawals", range).status, 200);
  const Answer now = get(admin_, "/api/v1/recordings/" + id);
  EXPECT_EQ(now.body.at("withdrawn").as_array().size(), 1U);
}

TEST_P(RecordingFilesTest, AClipHasNoChapterOfWhatIsTrimmedOff) {
  const std::string as = "00112233aabbccdd", one = "/api/v1/recordings/" + as;
  const Answer filed = import("第一期", as);
  ASSERT_EQ(filed.status, 200) << filed.text;
  tell({report(as, std::string(filed.body.at("session").as_string()))});
  const auto chapters_of_clip = [&] {
    const Answer made =
        post(admin_, one + "/clips",
             {{"title", "渠道"}, {"from_ms", kStartOfIt}, {"to_ms", kStartOfIt + 10'000}});
    EXPECT_EQ(made.status, 200) << made.text;
    const std::string clip(made.body.at("recording").as_string());
    size_t chapters = 0;
    for (const RecordingOrder& order : tell({report(clip, clip)}))
      if (order.id == clip) chapters += order.chapters.size();
    return chapters;
  };
  EXPECT_EQ(chapters_of_clip(), 1U);
  const json::object shown{{"from_ms", kStartOfIt + 2000}, {"to_ms", kStartOfIt + 60'000}};
  ASSERT_EQ(send(with(admin_, "If-Match", "*"), "PATCH", one, {{"shown", shown}}).status, 200);
  EXPECT_EQ(chapters_of_clip(), 0U);
}

TEST_P(RecordingFilesTest, ASeriesSaysForHowLongItsRecordingsAreKept) {
  const Answer in = import("第一期", "00112233aabbccdd");
  tell({report("00112233aabbccdd", std::string(in.body.at("session").as_string()))});
  const json::value series = get(admin_, "/api/v1/series").body.at("series").at(0);
  EXPECT_EQ(series.at("keep_days").as_int64(), 0);
  const std::string one = "/api/v1/series/" + std::string(series.at("id").as_string());
  const auto change = [&](int64_t days) {
    return send(with(admin_, "If-Match", "*"), "PATCH", one, {{"keep_days", days}}).status;
  };
  EXPECT_EQ(change(-2), 422);
  EXPECT_EQ(change(40'000), 422);
  EXPECT_EQ(change(90), 200);
  EXPECT_EQ(tell({}).back().keep_days, 90);
  EXPECT_EQ(change(-1), 200);
  EXPECT_EQ(tell({}).back().keep_days, -1);
  // Of one that comes later, too.
  const Answer later = import("第二期", "00112233aabbccde");
  tell({report("00112233aabbccde", std::string(later.body.at("session").as_string()))});
  EXPECT_EQ(tell({}).back().keep_days, -1);
  // What goes by its age is in the audit.
  RecordingReport gone = report("00112233aabbccde");
  gone.state = "gone";
  tell({gone});
  EXPECT_THAT(audited(), ::testing::Contains("recording.expire"));
}

TEST_P(RecordingFilesTest, ThisMachinesCommandLineHasAPass) {
  EXPECT_EQ(post(admin_, "/local/v1/pass", json::object()).status, 404);
  Client local;
  local.gateway = false;
  const Answer made = post(local, "/local/v1/pass", json::object());
  ASSERT_EQ(made.status, 200) << made.text;
  const std::string pass(made.body.at("pass").as_string());
  const auto ask = [&](const std::string& value) {
    return get(with(Client(), "X-Longmen-Pass", value), kOneRecording + "/package").status;
  };
  EXPECT_EQ(ask(pass), 200);
  EXPECT_EQ(ask("x" + pass), 403);
  now_ms_ += 7 * 3'600'000;
  EXPECT_EQ(ask(pass), 403);
}

}  // namespace
}  // namespace longmen
