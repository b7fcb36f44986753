// Recordings over HTTP: who is shown which, what is done with them, and what the gateway says.
#include <gmock/gmock.h>

#include "control/recordings_api.h"
#include "tests/control/studio_fixture.h"

namespace longmen {
namespace {

namespace json = boost::json;
using test::Answer;
using test::Client;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kRecordings = "/api/v1/recordings";

class RecordingsApiTest : public test::StudioFixture {
 protected:
  void SetUp() override {
    StudioFixture::SetUp();
    std::vector<ChannelSeed> seeds(2);
    seeds[0].channel.id = "main";
    seeds[1].channel.id = "inner";
    seeds[1].channel.access = Access::kToken;
    for (ChannelSeed& seed : seeds) {
      seed.channel.name = seed.channel.id;
      seed.channel.video = default_ladder();
    }
    const auto make = [seeds](Store& store) { return store.seed(seeds, test::kNow); };
    ASSERT_TRUE(wait(store_->run(make)));
    admin_ = administrator();
  }
  static RecordingReport report(const std::string& id, const std::string& channel) {
    return {id, channel, "", id, "", test::kNow, test::kNow + 60'000, 1000, 0, "ended", {}};
  }
  RecordingSyncResponse tell(const std::vector<RecordingReport>& reports) {
    RecordingSyncRequest request;
    request.node = "here";
    request.recorder = {"ready", "", 5'000'000'000, 7200};
    request.recordings = reports;
    Client gateway;
    gateway.gateway = false;
    const Answer answer = post(gateway, "/local/v1/recordings", json::parse(to_json(request)));
    EXPECT_EQ(answer.status, 200) << answer.text;
    return recording_sync_response_from_json(answer.text).value_or(RecordingSyncResponse{});
  }
  std::vector<std::string> listed(const Client& client, const std::string& query = "") {
    const Answer answer = get(client, kRecordings + query);
    EXPECT_EQ(answer.status, 200) << answer.text;
    std::vector<std::string> ids;
    for (const json::value& each : answer.body.at("recordings").as_array())
      ids.emplace_back(each.at("id").as_string());
    return ids;
  }
  static Client with(Client client, const std::string& field, const std::string& value) {
    client.more.emplace_back(field, value);
    return client;
  }

  Client admin_;
};

LONGMEN_FOR_BOTH_DATABASES(RecordingsApiTest);

TEST_P(RecordingsApiTest, AStrangerIsShownThoseOfOpenChannelsAlone) {
  tell({report("a", "main"), report("b", "inner")});
  const Client stranger;
  EXPECT_THAT(listed(stranger), ElementsAre("a"));
  EXPECT_EQ(get(stranger, kRecordings + "?all=true").status, 401);
  EXPECT_EQ(get(stranger, kRecordings + "/a").status, 401);
  EXPECT_THAT(listed(admin_, "?all=true"), ElementsAre("a", "b"));
  const Answer link =
      post(admin_, "/api/v1/channels/inner/watch-tokens", {{"for", "li"}, {"minutes", 10}});
  ASSERT_EQ(link.status, 200) << link.text;
  const std::string token(link.body.at("token").as_string());
  EXPECT_THAT(listed(stranger, "?token=" + token), ElementsAre("a", "b"));
  EXPECT_THAT(listed(with(stranger, "Authorization", "Bearer " + token), "?channel=inner"),
              ElementsAre("b"));
  EXPECT_THAT(listed(stranger, "?token=x" + token), ElementsAre("a"));
  EXPECT_THAT(listed(stranger, "?id=a"), ElementsAre("a"));
  EXPECT_THAT(listed(stranger, "?id=b"), IsEmpty());
  now_ms_ += 11 * 60'000;
  EXPECT_THAT(listed(stranger, "?token=" + token), ElementsAre("a")) << "it has expired";
}

TEST_P(RecordingsApiTest, ARecordingIsKeptWithdrawnGivenBackAndRemoved) {
  tell({report("a", "main")});
  const std::string one = kRecordings + "/a";
  EXPECT_EQ(send(with(admin_, "If-Match", "\"1\""), "PATCH", one, {{"keep", true}}).status, 200);
  EXPECT_EQ(send(with(admin_, "If-Match", "*"), "DELETE", one + "?confirm=a").status, 409);
  EXPECT_EQ(send(with(admin_, "If-Match", "*"), "PATCH", one, {{"keep", false}}).status, 200);
  const Answer withdrawn =
      post(admin_, one + "/withdrawals", {{"from_ms", test::kNow}, {"to_ms", test::kNow + 1}});
  EXPECT_EQ(withdrawn.status, 200) << withdrawn.text;
  EXPECT_EQ(withdrawn.body.at("withdrawn").as_array().size(), 1U);
  EXPECT_EQ(tell({}).orders.at(0).withdrawn.size(), 1U);
  const Answer all = get(admin_, kRecordings + "?all=true");
  EXPECT_EQ(all.body.at("recordings").as_array().at(0).at("withdrawn").as_array().size(), 1U);
  EXPECT_EQ(send(with(admin_, "If-Match", "*"), "DELETE", one + "/withdrawals").status, 200);
  EXPECT_THAT(tell({}).orders.at(0).withdrawn, IsEmpty());
  EXPECT_EQ(send(with(admin_, "If-Match", "*"), "DELETE", one).status, 409);
  EXPECT_EQ(send(with(admin_, "If-Match", "*"), "DELETE", one + "?confirm=a").status, 200);
  EXPECT_THAT(listed({}), IsEmpty());
  EXPECT_TRUE(tell({}).orders.at(0).remove);
  const Client viewer = somebody(admin_, "wang", "viewer");
  EXPECT_EQ(send(with(viewer, "If-Match", "*"), "DELETE", one + "?confirm=a").status, 403);
}

TEST_P(RecordingsApiTest, WhatWasTrimmedIsAsLongAsWhatIsShownOfIt) {
  RecordingReport said = report("a", "main");
  said.segment_ms = 1000;
  tell({said, report("b", "main")});
  const auto one = [this](const char* id) {
    const Answer answer = get({}, kRecordings + "?id=" + id);
    return answer.body.at("recordings").as_array().at(0);
  };
  EXPECT_EQ(one("a").at("replay_start_ms"), said.start_ms);
  EXPECT_EQ(one("a").at("replay_ms"), said.end_ms - said.start_ms);
  const auto trim = [&](int64_t from_ms, int64_t to_ms) {
    const json::object shown{{"from_ms", from_ms}, {"to_ms", to_ms}};
    return send(with(admin_, "If-Match", "*"), "PATCH", kRecordings + "/a", {{"shown", shown}});
  };
  const int64_t from_ms = (said.start_ms / 1000 + 10) * 1000;
  ASSERT_EQ(trim(from_ms, from_ms + 30'000).status, 200);
  EXPECT_EQ(one("a").at("replay_start_ms"), from_ms);
  EXPECT_EQ(one("a").at("replay_ms"), 30'000);
  EXPECT_EQ(one("a").at("start_ms"), said.start_ms) << "when it was is another thing";
  // Of its own time.
  ASSERT_EQ(trim(said.start_ms - 5'000, said.end_ms + 5'000).status, 200);
  EXPECT_EQ(one("a").at("replay_ms"), said.end_ms - said.start_ms);
  said.end_ms = 0;
  said.id = "c";
  said.state = "recording";
  tell({said});
  EXPECT_TRUE(one("c").at("replay_ms").is_null());
}

TEST_P(RecordingsApiTest, TheRecorderIsAwayWhenNothingIsHeardOfIt) {
  EXPECT_EQ(get(admin_, "/api/v1/recorder").body.at("state"), "away");
  tell({});
  EXPECT_EQ(get(admin_, "/api/v1/recorder").body.at("state"), "ready");
  EXPECT_EQ(get(admin_, "/api/v1/recorder").body.at("seconds_left"), 7200);
  EXPECT_EQ(get(admin_, "/api/v1/recorder").body.at("bucket").at("state"), "off");
  now_ms_ += 11'000;
  EXPECT_EQ(get(admin_, "/api/v1/recorder").body.at("state"), "away");
  EXPECT_EQ(post({}, "/local/v1/recordings", json::object{}).status, 404) << "it is no gateway";
}

}  // namespace
}  // namespace longmen
