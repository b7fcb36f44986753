// What wall screens are told to replay: the rule that the studio sets, and what holds it back.
#include <gmock/gmock.h>

#include "control/wall_replay_api.h"
#include "core/node/recording_order.h"
#include "tests/control/studio_fixture.h"

namespace longmen {
namespace {

namespace json = boost::json;
using test::Answer;
using test::Client;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kMinute = 60'000;
constexpr int64_t kEnded = test::kNow - 60 * kMinute;

class WallReplayApiTest : public test::StudioFixture {
 protected:
  void SetUp() override {
    StudioFixture::SetUp();
    ChannelSeed seed;
    seed.channel.id = seed.channel.name = "main";
    seed.channel.video = default_ladder();
    const auto make = [seed](Store& store) { return store.seed({seed}, test::kNow); };
    ASSERT_TRUE(wait(store_->run(make)));
    admin_ = administrator();
  }
  static Client any(Client client) {
    client.more.emplace_back("If-Match", "*");
    return client;
  }
  void tell(const std::string& id, const std::string& session, int64_t end_ms,
            const std::string& state = "ended") {
    RecordingSyncRequest request;
    request.node = "here";
    request.recordings = {
        {id, "main", session, "title " + id, "", kEnded - 10 * kMinute, end_ms, 1, 0, state, {}}};
    Client gateway;
    gateway.gateway = false;
    EXPECT_EQ(post(gateway, "/local/v1/recordings", json::parse(to_json(request))).status, 200);
  }
  Answer set(const json::value& rule) {
    return send(any(admin_), "PATCH", "/api/v1/channels/main/settings", {{"wall_replay", rule}});
  }
  // A second later, since what was read is good for one.
  Answer programme(const std::string& query = "") {
    now_ms_ += WallReplayApi::kGoodForMs;
    return get({}, "/api/v1/channels/main/wall-replay" + query);
  }
  std::vector<std::string> replays() {
    const Answer answer = programme();
    EXPECT_EQ(answer.status, 200) << answer.text;
    std::vector<std::string> ids;
    for (const json::value& each : answer.body.at("replays").as_array())
      ids.emplace_back(each.at("id").as_string());
    return ids;
  }
  json::value held() { return programme().body.at("held"); }

  Client admin_;
};

LONGMEN_FOR_BOTH_DATABASES(WallReplayApiTest);

TEST_P(WallReplayApiTest, TheRuleIsSetByAdministratorsAndNotedInTheAudit) {
  const Answer before = get(admin_, "/api/v1/channels/main/settings");
  EXPECT_EQ(before.body.at("wall_replay").at("what"), "off");
  const Answer changed = set({{"what", "day"}, {"from", "00:00"}, {"until", "00:00"}});
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.body.at("wall_replay").at("minutes_before"), 5) << "what is absent stays";
  EXPECT_EQ(get(admin_, "/api/v1/channels/main/settings").body.at("wall_replay"),
            changed.body.at("wall_replay"));
  const Answer wrong = set({{"from", "25:00"}});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_THAT(wrong.text, HasSubstr("wall_replay: from: 00:00 to 23:59 is allowed"));
  const Answer audit = get(admin_, "/api/v1/audit");
  EXPECT_THAT(audit.text, HasSubstr("channel.change"));
  EXPECT_THAT(audit.text, HasSubstr("wall_replay"));
}

TEST_P(WallReplayApiTest, SessionsThatHaveEndedAreReplayedWithoutWhatWasWithdrawn) {
  tell("a", "s1", kEnded);
  tell("always", "", kEnded);
  tell("b", "s2", 0, "recording");
  EXPECT_THAT(replays(), IsEmpty()) << "off";
  ASSERT_EQ(set({{"what", "day"}, {"from", "00:00"}, {"until", "00:00"}}).status, 200);
  EXPECT_THAT(replays(), ElementsAre("a"));
  const Answer withdrawn =
      post(admin_, "/api/v1/recordings/a/withdrawals",
           {{"from_ms", kEnded - 4 * kMinute}, {"to_ms", kEnded - 3 * kMinute}});
  ASSERT_EQ(withdrawn.status, 200) << withdrawn.text;
  const Answer answer = programme();
  const auto& ranges = answer.body.at("replays").at(0).at("ranges").as_array();
  ASSERT_EQ(ranges.size(), 2U) << answer.text;
  EXPECT_EQ(ranges[0].at("to_ms"), kEnded - 4 * kMinute);
  EXPECT_EQ(ranges[1].at("from_ms"), kEnded - 3 * kMinute);
  EXPECT_EQ(answer.body.at("now_ms"), now_ms_.load());
  EXPECT_EQ(answer.body.at("time_zone"), "Asia/Shanghai");
  ASSERT_EQ(send(any(admin_), "DELETE", "/api/v1/recordings/a?confirm=a").status, 200);
  EXPECT_THAT(replays(), IsEmpty());
}

TEST_P(WallReplayApiTest, IsHeldBackByWhatIsLiveByACutAndByTheSlateByOrder) {
  tell("a", "s1", kEnded);
  ASSERT_EQ(set({{"what", "last"}}).status, 200);
  EXPECT_TRUE(held().is_null());
  const std::string air = "/api/v1/channels/main/air";
  ASSERT_EQ(post(admin_, air + "/cut", json::object{}).status, 200);
  EXPECT_EQ(held(), "ordered");
  ASSERT_EQ(send(any(admin_), "DELETE", air + "/cut").status, 200);
  EXPECT_TRUE(held().is_null());
  const Answer series = post(admin_, "/api/v1/series", {{"title", "书记龙门阵"}});
  const int64_t start_ms = test::kNow + 30 * kMinute;
  const Answer planned = post(admin_, "/api/v1/sessions",
                              {{"channel", "main"},
                               {"series", series.body.at("id")},
                               {"title", "第一期"},
                               {"start_ms", start_ms},
                               {"end_ms", start_ms + 60 * kMinute}});
  ASSERT_EQ(planned.status, 200) << planned.text;
  const Answer before = programme();
  EXPECT_EQ(before.body.at("next_ms"), start_ms);
  EXPECT_EQ(before.body.at("stops_ms"), start_ms - 5 * kMinute);
  const std::string id(planned.body.at("sessions").at(0).at("id").as_string());
  ASSERT_EQ(post(any(admin_), "/api/v1/sessions/" + id + "/start", nullptr).status, 200);
  EXPECT_EQ(held(), "live");
}

TEST_P(WallReplayApiTest, WhoMayNotWatchHearsNothing) {
  EXPECT_EQ(get({}, "/api/v1/channels/none/wall-replay").status, 404);
  ASSERT_EQ(
      send(any(admin_), "PATCH", "/api/v1/channels/main/settings", {{"access", "token"}}).status,
      200);
  EXPECT_EQ(programme().status, 401);
  EXPECT_EQ(programme("?token=x").status, 401);
  const Answer link =
      post(admin_, "/api/v1/channels/main/watch-tokens", {{"for", "li"}, {"minutes", 10}});
  EXPECT_EQ(programme("?token=" + std::string(link.body.at("token").as_string())).status, 200);
}

}  // namespace
}  // namespace longmen
