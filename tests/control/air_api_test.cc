// Orders for a channel's air, chapters, and what the studio is shown of it, over HTTP.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "control/air_delay_table.h"
#include "control/overlay_table.h"
#include "core/access/watch_token.h"
#include "core/base/sha256.h"
#include "tests/control/studio_fixture.h"
#include "tests/support/hex.h"

namespace longmen {
namespace {

namespace json = boost::json;
using test::Answer;
using test::Client;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kAirHour = 3'600'000;
const std::string kAir = "/api/v1/channels/main/air";

class AirApiTest : public test::StudioFixture {
 protected:
  void SetUp() override {
    StudioFixture::SetUp();
    ChannelSeed seed;
    seed.channel.id = "main";
    seed.channel.name = "主频道";
    seed.channel.video = default_ladder();
    const auto make = [seed](Store& store) { return store.seed({seed}, test::kNow); };
    ASSERT_TRUE(wait(store_->run(make)));
    admin_ = administrator();
  }
  void TearDown() override {
    thread_.run([this] { studio_->events().stop(); });
    StudioFixture::TearDown();
  }
  static Client with(Client client, const std::string& field, const std::string& value) {
    client.more.emplace_back(field, value);
    return client;
  }
  Answer order(const json::value& body, const std::string& seen = "*") {
    return send(with(admin_, "If-Match", seen), "PATCH", kAir, body);
  }
  // What relay and gateway are told.
  AirRule in_force() { return told_order().rule; }
  std::optional<ChannelInput> ordered_input() { return told_order().input; }
  AirOrder told_order() {
    const auto read = [](Store& store) { return store.channels(); };
    const auto channels = wait(store_->run(read));
    return channels && channels->size() == 1 ? channels->front().air : AirOrder();
  }
  std::string scheduled() {
    const Answer series = post(admin_, "/api/v1/series", {{"title", "书记龙门阵"}});
    const Answer made = post(admin_, "/api/v1/sessions",
                             {{"channel", "main"},
                              {"series", series.body.at("id")},
                              {"title", "第一期"},
                              {"start_ms", test::kNow},
                              {"end_ms", test::kNow + kAirHour}});
    EXPECT_EQ(made.status, 200) << made.text;
    return "/api/v1/sessions/" +
           std::string(made.body.at("sessions").as_array().at(0).at("id").as_string());
  }
  Answer act(const std::string& session, const char* action) {
    return send(with(admin_, "If-Match", "*"), "POST", session + "/" + action);
  }
  // The first event of a stream.
  json::value first_event(const Client& client, const std::string& target, int* status = nullptr) {
    const auto listen = [&]() -> test::asio::awaitable<std::string> {
      const HttpEndpoint endpoint{socket_, "", 0};
      const HttpClientLimits limits;
      HttpClientRequest request = make(client, "GET", target, nullptr);
      auto response = co_await http_fetch(endpoint, std::move(request), limits);
      if (!response) co_return "no response";
      if (status) *status = response->status;
      if (response->status != 200) co_return "refused";
      std::string text;
      while (text.find("\n\n") == std::string::npos) {
        HttpBodyPiece piece = co_await response->body->read();
        if (!piece || piece->empty()) break;
        text += *piece;
      }
      co_return text;
    };
    std::string text = wait(listen());
    boost::system::error_code ignored;
    return text.starts_with("data: ") ? json::parse(text.substr(6, text.find("\n\n") - 6), ignored)
                                      : json::value(text);
  }

  Client admin_;
};

TEST_P(AirApiTest, AnOrderIsVersionedAuditedAndTold) {
  const Answer first = get(admin_, kAir);
  EXPECT_EQ(first.status, 200) << first.text;
  EXPECT_EQ(first.fields.value("ETag"), "\"1\"");
  EXPECT_EQ(first.body.at("order").as_string(), "auto");
  EXPECT_EQ(first.body.at("on_air").as_string(), "feed");
  EXPECT_EQ(in_force(), AirRule::kFeed);
  EXPECT_EQ(send(admin_, "PATCH", kAir, {{"order", "slate"}}).status, 428);
  const int told = told_;
  const Answer slate = order({{"order", "slate"}}, "\"1\"");
  EXPECT_EQ(slate.status, 200) << slate.text;
  EXPECT_EQ(slate.fields.value("ETag"), "\"2\"");
  EXPECT_EQ(slate.body.at("reason").as_string(), "ordered_slate");
  EXPECT_EQ(told_, told + 1);
  EXPECT_EQ(in_force(), AirRule::kSlate);
  const Answer stale = order({{"order", "auto"}}, "\"1\"");
  EXPECT_EQ(stale.status, 412);
  EXPECT_THAT(stale.text, HasSubstr("li changed"));
  EXPECT_EQ(order({{"order", "primary"}}).body.at("reason").as_string(), "ordered_primary");
  EXPECT_EQ(ordered_input(), ChannelInput::kPrimary);
  EXPECT_EQ(order({{"order", "backup"}}).body.at("reason").as_string(), "ordered_backup");
  EXPECT_EQ(in_force(), AirRule::kFeed);
  EXPECT_EQ(ordered_input(), ChannelInput::kBackup);
  for (const json::value& wrong :
       {json::value{{"order", "x"}}, json::value{{"on_air", "x"}}, json::value{{"cut", true}}})
    EXPECT_EQ(order(wrong).status, 422);
  EXPECT_EQ(send(with(admin_, "If-Match", "*"), "PATCH", "/api/v1/channels/none/air",
                 {{"order", "slate"}})
                .status,
            404);
  const Answer audit = get(admin_, "/api/v1/audit");
  EXPECT_EQ(audit.body.at("rows").as_array().at(0).at("action").as_string(), "air.order");
}

TEST_P(AirApiTest, ACutComesBeforeEveryOrderAndItsEndBringsTheOrderBack) {
  order({{"order", "primary"}});
  const Client once = with(admin_, "Idempotency-Key", "cut-1");
  const Answer cut = post(once, kAir + "/cut", json::object{});
  EXPECT_EQ(cut.status, 200) << cut.text;
  EXPECT_EQ(cut.body.at("in_force").as_string(), "cut");
  EXPECT_EQ(in_force(), AirRule::kCut);
  EXPECT_EQ(post(once, kAir + "/cut", json::object{}).text, cut.text);
  EXPECT_EQ(post(admin_, kAir + "/cut", {{"slate", "standby"}}).body.at("version"),
            cut.body.at("version"))
      << "cut is cut";
  EXPECT_EQ(post(admin_, kAir + "/cut", {{"slate", "other"}}).status, 422);
  EXPECT_EQ(order({{"order", "auto"}}).status, 200);
  EXPECT_EQ(in_force(), AirRule::kCut) << "an order does not end it";
  const auto undo = [&](const std::string& seen) {
    return send(with(admin_, "If-Match", seen), "DELETE", kAir + "/cut");
  };
  EXPECT_EQ(cut.fields.value("ETag"), "\"3\"");
  EXPECT_EQ(undo("\"3\"").status, 412) << "another has ordered something meanwhile";
  EXPECT_EQ(undo("\"4\"").status, 200);
  EXPECT_EQ(in_force(), AirRule::kFeed);
  EXPECT_EQ(undo("*").status, 409);
}

TEST_P(AirApiTest, WithASessionNeededTheFeedIsPublicWhileOneIsLive) {
  const std::string session = scheduled();
  EXPECT_EQ(order({{"on_air", "session"}}).body.at("reason").as_string(), "no_session");
  EXPECT_EQ(in_force(), AirRule::kSlate);
  const int told = told_;
  EXPECT_EQ(act(session, "start").status, 200);
  EXPECT_GT(told_, told) << "the node hears of it";
  EXPECT_EQ(in_force(), AirRule::kFeed);
  EXPECT_EQ(act(session, "end").status, 200);
  EXPECT_EQ(in_force(), AirRule::kSlate);
  EXPECT_EQ(order({{"order", "primary"}}).status, 200);
  EXPECT_EQ(in_force(), AirRule::kFeed) << "an operator's word comes before the rule";
}

TEST_P(AirApiTest, ARehearsalIsForTheStudioAndEndsWithGoingLive) {
  const std::string session = scheduled();
  EXPECT_EQ(order({{"rehearsal", true}}).body.at("reason").as_string(), "rehearsal");
  EXPECT_EQ(in_force(), AirRule::kSlate);
  const Answer shown = get(Client{}, "/api/v1/guide");
  EXPECT_EQ(shown.text.find("rehearsal"), std::string::npos) << "the public hears nothing of it";
  EXPECT_EQ(act(session, "start").status, 200);
  EXPECT_EQ(in_force(), AirRule::kFeed);
  const Answer refused = order({{"rehearsal", true}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.text, HasSubstr("第一期"));
}

TEST_P(AirApiTest, WhoMayOnlyLookOrdersNothing) {
  const Client viewer = with(somebody(admin_, "viewer", "viewer"), "If-Match", "*");
  EXPECT_EQ(get(viewer, kAir).status, 200);
  EXPECT_EQ(send(viewer, "PATCH", kAir, {{"order", "slate"}}).status, 403);
  EXPECT_EQ(post(viewer, kAir + "/cut", json::object{}).status, 403);
  EXPECT_EQ(send(viewer, "DELETE", kAir + "/cut").status, 403);
  EXPECT_EQ(post(viewer, "/api/v1/channels/main/tally-link", json::object{}).status, 403);
  EXPECT_EQ(get(Client{}, kAir).status, 401);
  const Client works = with(somebody(admin_, "operator", "operator"), "If-Match", "*");
  EXPECT_EQ(send(works, "PATCH", kAir, {{"order", "slate"}}).status, 200);
}

TEST_P(AirApiTest, ChaptersAreMarkedWhileItIsLiveAndSetRightLater) {
  const std::string session = scheduled(), chapters = session + "/chapters";
  EXPECT_EQ(post(admin_, chapters, {{"title", "开场"}}).status, 409);
  act(session, "start");
  now_ms_ += 60'000;
  const Answer made = post(admin_, chapters, {{"title", "治水"}});
  EXPECT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.body.at("at_ms").as_int64(), now_ms_.load());
  EXPECT_EQ(post(admin_, chapters, {{"title", "开场"}, {"at_ms", test::kNow + 1000}}).status, 200);
  EXPECT_EQ(post(admin_, chapters, {{"title", "x"}, {"at_ms", test::kNow - kAirHour}}).status, 422);
  EXPECT_EQ(post(admin_, chapters, {{"title", ""}}).status, 422);
  act(session, "end");
  const std::string one = "/api/v1/chapters/" + std::string(made.body.at("id").as_string());
  const Client seen = with(admin_, "If-Match", "\"1\"");
  EXPECT_EQ(send(seen, "PATCH", one, {{"title", "治水十年"}}).status, 200);
  EXPECT_EQ(send(seen, "PATCH", one, {{"title", "x"}}).status, 412);
  std::vector<std::string> titles;
  const Answer listed = get(admin_, chapters);
  for (const auto& chapter : listed.body.at("chapters").as_array())
    titles.emplace_back(chapter.at("title").as_string());
  EXPECT_THAT(titles, ElementsAre("开场", "治水十年"));
  EXPECT_EQ(send(with(admin_, "If-Match", "*"), "DELETE", one).status, 200);
  EXPECT_EQ(get(admin_, chapters).body.at("chapters").as_array().size(), 1u);
  EXPECT_EQ(get(admin_, "/api/v1/sessions/none/chapters").status, 404);
}

TEST_P(AirApiTest, TheStudioIsToldAsItHappens) {
  int status = 0;
  first_event(Client{}, "/api/v1/studio/events", &status);
  EXPECT_EQ(status, 401);
  Client foreign = admin_;
  foreign.more = {{"Sec-Fetch-Site", "cross-site"}};
  first_event(foreign, "/api/v1/studio/events", &status);
  EXPECT_EQ(status, 403);
  first_event(admin_, "/api/v1/studio/events?channel=none", &status);
  EXPECT_EQ(status, 404);
  thread_.run([this] {
    NodeState node;
    node.inputs["main"][ChannelInput::kPrimary] = {"rtmp", "192.0.2.9:5000", "OBS"};
    node.on_air["main"].source = "live";
    node.on_air["main"].viewers = 12;
    studio_->events().take_node_state(node);
  });
  const json::value wall = first_event(admin_, "/api/v1/studio/events", &status);
  EXPECT_EQ(status, 200);
  const json::value& tile = wall.at("channels").as_array().at(0);
  EXPECT_EQ(tile.at("tally").as_string(), "on_air");
  EXPECT_EQ(tile.at("feed").at("sender").as_string(), "192.0.2.9:5000");
  EXPECT_EQ(tile.at("viewers").at("webrtc"), 12);
  const json::value page = first_event(admin_, "/api/v1/studio/events?channel=main");
  const json::value& people = page.at("channels").as_array().at(0).at("people");
  ASSERT_EQ(people.as_array().size(), 1u);
  EXPECT_EQ(people.as_array()[0].at("name").as_string(), "li");
  EXPECT_EQ(page.at("channel").at("events").as_array().at(0).at("kind").as_string(), "arrived");
  EXPECT_EQ(get(admin_, "/api/v1/studio/channels/main/history").status, 200);
  EXPECT_EQ(get(admin_, "/api/v1/studio/channels/main/sound").text, R"({"sound":null})");
}

// What is on air later has its instants there: sessions, their ends, chapters.
TEST_P(AirApiTest, AProgrammeIsHeldBeforeItAirs) {
  const std::string path = kAir + "/delay";
  EXPECT_EQ(get(admin_, path).body.at("delay_ms"), 0);
  const auto set = [&](const json::value& body, const std::string& seen = "*") {
    return send(with(admin_, "If-Match", seen), "PATCH", path, body);
  };
  for (const int64_t wrong : {-100, 60'100, 50}) {
    const Answer refused = set({{"delay_ms", wrong}});
    EXPECT_EQ(refused.status, 422) << wrong;
    EXPECT_THAT(refused.text, HasSubstr("0 to 60000 in steps of 100"));
  }
  EXPECT_EQ(set({{"seconds", 5}}).status, 422);
  EXPECT_EQ(set({{"delay_ms", 5000}}, "\"7\"").status, 412);
  const Client viewer = somebody(admin_, "viewer", "viewer");
  EXPECT_EQ(send(with(viewer, "If-Match", "*"), "PATCH", path, {{"delay_ms", 5000}}).status, 403);
  EXPECT_EQ(get(viewer, path).status, 200);
  EXPECT_EQ(get(admin_, "/api/v1/channels/none/air/delay").status, 404);

  const int told = told_;
  const Answer made = set({{"delay_ms", 5000}}, "\"1\"");
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.body.at("delay_ms"), 5000);
  EXPECT_GT(told_, told);
  EXPECT_THAT(get(admin_, "/api/v1/audit").text, HasSubstr("air_delay.change"));

  const std::string session = scheduled();
  const Answer live = act(session, "start");
  EXPECT_EQ(live.body.at("live_ms"), now_ms_.load() + 5000);
  now_ms_ += 60'000;
  const Answer chapter = post(admin_, session + "/chapters", {{"title", "开场"}});
  ASSERT_EQ(chapter.status, 200) << chapter.text;
  EXPECT_EQ(chapter.body.at("at_ms"), now_ms_.load() + 5000);
  EXPECT_EQ(act(session, "end").body.at("ended_ms"), now_ms_.load() + 5000);

  const auto read = [](Store& store) {
    return store.database().read("channels",
                                 [](soci::session& sql) -> Result<std::vector<Channel>> {
                                   std::vector<Channel> channels = channels_in_force(sql);
                                   AirDelayTable(sql).fill(channels);
                                   return channels;
                                 });
  };
  const auto channels = wait(store_->run(read));
  ASSERT_TRUE(channels);
  EXPECT_EQ(channels->front().air_delay, std::chrono::seconds(5));
}

// Of one white pixel.
Bytes small_png() {
  return test::from_hex(
      "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000b4944"
      "4154789c63f80f040009fb03fdfb5e6b2b0000000049454e44ae426082");
}

TEST_P(AirApiTest, WhatIsLaidOverIsOrderedWithItsBounds) {
  const std::string path = "/api/v1/channels/main/overlay";
  const auto set = [&](const json::value& body) {
    return send(with(admin_, "If-Match", "*"), "PATCH", path, body);
  };
  EXPECT_EQ(get(admin_, path).body.at("mark").at("rule").as_string(), "off");
  const Answer made = set({{"text", {{"on", true}, {"words", "治水 <b>&amp;"}}},
                           {"mark", {{"rule", "auto"}, {"place", "bottom_right"}}}});
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.body.at("text").at("words").as_string(), "治水 <b>&amp;") << "as it was typed";
  EXPECT_EQ(made.body.at("version"), 2);
  struct Wrong {
    json::value body;
    const char* words;
  };
  for (const Wrong& wrong : {
           Wrong{{{"text", {{"words", "a\nb"}}}}, "text.words"},
           Wrong{{{"text", {{"words", std::string(301, 'a')}}}}, "up to 300 bytes"},
           Wrong{{{"text", {{"height_percent", 16}}}}, "text.height_percent: 2 to 15 is allowed"},
           Wrong{{{"text", {{"colour", "red"}}}}, "text: there is no field"},
           Wrong{{{"logo", {{"place", "lower_third"}}}}, "logo.place: top_left"},
           Wrong{{{"logo", {{"opacity_percent", 0}}}}, "1 to 100"},
           Wrong{{{"logo", {{"file", "/etc/passwd"}}}}, "logo: there is no field"},
           Wrong{{{"mark", {{"rule", "sometimes"}}}}, "off, auto, live or recorded"},
           Wrong{{{"mark", 5}}, "mark: an object"},
           Wrong{{{"margin_percent", 16}}, "0 to 15"},
       }) {
    const Answer refused = set(wrong.body);
    EXPECT_EQ(refused.status, 422) << refused.text;
    EXPECT_THAT(refused.text, HasSubstr(wrong.words));
  }
  EXPECT_EQ(send(admin_, "PATCH", path, {{"margin_percent", 3}}).status, 428);
  EXPECT_THAT(get(admin_, "/api/v1/audit").text, HasSubstr("overlay.change"));
  const Client viewer = somebody(admin_, "viewer", "viewer");
  EXPECT_EQ(send(with(viewer, "If-Match", "*"), "PATCH", path, {{"margin_percent", 3}}).status,
            403);
}

TEST_P(AirApiTest, ALogoIsAPngOfBoundsAndIsKeptForTheStreamer) {
  const std::string path = "/api/v1/channels/main/overlay/logo";
  const auto put = [&](const Bytes& png, const std::string& type = "image/png") {
    HttpClientRequest request = make(with(admin_, "If-Match", "*"), "PUT", path, nullptr);
    request.fields.set("Content-Type", type);
    request.content = std::string(as_text(png));
    return wait(ask(std::move(request)));
  };
  EXPECT_EQ(get(admin_, path).status, 404);
  EXPECT_EQ(put(small_png(), "image/jpeg").status, 415);
  EXPECT_EQ(put({'n', 'o'}).status, 422);
  Bytes damaged = small_png();
  damaged[45] ^= 1;
  EXPECT_THAT(put(damaged).text, HasSubstr("checksum"));
  EXPECT_EQ(put(Bytes((512 << 10) + 1, 0)).status, 413);
  const Answer made = put(small_png());
  ASSERT_EQ(made.status, 200) << made.text;
  const std::string digest(made.body.at("logo").at("digest").as_string());
  EXPECT_EQ(digest, sha256_hex(ByteSpan(small_png())));
  EXPECT_EQ(get(admin_, path).text, as_text(small_png()));

  const std::string folder = directory_ + "/logos";
  const auto fill = [&] {
    return *wait(store_->run([folder](Store& store) {
      return store.database().read("channels",
                                   [&](soci::session& sql) -> Result<std::vector<Channel>> {
                                     std::vector<Channel> channels = channels_in_force(sql);
                                     EXPECT_TRUE(OverlayTable(sql).fill(channels, folder).empty());
                                     return channels;
                                   });
    }));
  };
  const Channel channel = fill().front();
  EXPECT_EQ(channel.overlay.logo.file, folder + "/" + digest + ".png");
  EXPECT_TRUE(std::filesystem::exists(channel.overlay.logo.file));
  EXPECT_EQ(channels_from_json(channels_to_json({channel})).value().front().overlay,
            channel.overlay);
  EXPECT_EQ(send(with(admin_, "If-Match", "*"), "DELETE", path).status, 200);
  EXPECT_EQ(fill().front().overlay.logo.file, "");
  EXPECT_FALSE(std::filesystem::exists(channel.overlay.logo.file)) << "nobody has it any more";
}

// Another delay is a jump that everybody sees.
TEST_P(AirApiTest, ADelayIsNotChangedByAccidentWhileAFeedIsOnAir) {
  thread_.run([this] {
    NodeState node;
    node.inputs["main"][ChannelInput::kPrimary] = {"rtmp", "192.0.2.9:5000", "OBS"};
    studio_->events().take_node_state(node);
  });
  const auto set = [&](const json::value& body) {
    return send(with(admin_, "If-Match", "*"), "PATCH", kAir + "/delay", body);
  };
  const Answer refused = set({{"delay_ms", 5000}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.text, HasSubstr("5.0 s"));
  EXPECT_EQ(set({{"delay_ms", 5000}, {"now", true}}).status, 200);
  EXPECT_EQ(order({{"order", "slate"}}).status, 200);
  EXPECT_EQ(set({{"delay_ms", 0}}).status, 200) << "nobody sees it";
}

TEST_P(AirApiTest, OperatorsSeeTheInputsAndWhoHasAnAccountTheProgrammeBehindTheOrder) {
  const std::string path = "/api/v1/channels/main/preview-token";
  const Client viewer = somebody(admin_, "viewer", "viewer");
  const Client works = somebody(admin_, "zhou", "operator");
  for (const char* input : {"primary", "backup"}) {
    const json::object wish{{"of", input}};
    EXPECT_EQ(post(viewer, path, wish).status, 403) << input;
    const Answer made = post(works, path, wish);
    ASSERT_EQ(made.status, 200) << made.text;
    EXPECT_EQ(made.body.at("channel").as_string(), std::string("main~") + input);
  }
  EXPECT_EQ(post(works, path, json::object{{"of", "slate"}}).status, 422);
  EXPECT_EQ(post(works, path, json::object{}).body.at("channel").as_string(), "main~primary");

  const Answer made = post(viewer, path, json::object{{"of", "programme"}});
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.body.at("channel").as_string(), "main~programme");
  const auto grant =
      read_watch_token(made.body.at("token").as_string().c_str(), studio_->public_watch_key(),
                       WatchGrant::Instant(std::chrono::seconds(now_ms_ / 1000)));
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->channel, "main~programme");
  EXPECT_EQ(grant->bearer, WatchBearer::kStudio);
  EXPECT_EQ(grant->subject, "viewer");
  EXPECT_EQ(post(Client{}, path, json::object{}).status, 401);
  EXPECT_EQ(post(works, "/api/v1/channels/none/preview-token", json::object{}).status, 404);
}

TEST_P(AirApiTest, ATallyLinkShowsOneChannelToWhoHasIt) {
  int status = 0;
  first_event(Client{}, "/api/v1/tally?channel=main", &status);
  EXPECT_EQ(status, 401);
  EXPECT_EQ(first_event(admin_, "/api/v1/tally?channel=main").at("state").as_string(), "off");
  const Answer made = post(admin_, "/api/v1/channels/main/tally-link", json::object{});
  ASSERT_EQ(made.status, 200) << made.text;
  const std::string token = token_of(made);
  const std::string target = "/api/v1/tally?channel=main&token=";
  const json::value shown = first_event(Client{}, target + token);
  EXPECT_EQ(shown.at("name").as_string(), "主频道");
  first_event(Client{}, "/api/v1/tally?channel=other&token=" + token, &status);
  EXPECT_EQ(status, 401) << "of another channel";
  first_event(Client{}, target + token.substr(0, token.size() - 1), &status);
  EXPECT_EQ(status, 401);
  now_ms_ += 31 * 24 * kAirHour;
  first_event(Client{}, target + token, &status);
  EXPECT_EQ(status, 401) << "a month later";
}

TEST_P(AirApiTest, WhereTwoCutTheSecondIsAnotherAccount) {
  ScheduleSettings settings;
  settings.second_person_within = std::chrono::seconds(60);
  thread_.run([&] { studio_->set_schedule(settings); });
  const Client other = somebody(admin_, "wang", "operator");
  const Client looks = somebody(admin_, "zhang", "viewer");
  const Answer asked = post(admin_, kAir + "/cut", nullptr);
  EXPECT_EQ(asked.status, 200) << asked.text;
  EXPECT_FALSE(asked.body.at("cut").as_bool());
  EXPECT_EQ(asked.body.at("cut_asked").at("by").as_string(), "li");
  EXPECT_EQ(asked.body.at("cut_asked").at("until_ms").as_int64(), test::kNow + 60'000);
  EXPECT_EQ(in_force(), AirRule::kFeed);
  now_ms_ += 10'000;
  EXPECT_EQ(post(admin_, kAir + "/cut", nullptr).body.at("cut_asked"), asked.body.at("cut_asked"))
      << "asked again, it waits no longer";
  EXPECT_EQ(post(looks, kAir + "/cut", nullptr).status, 403);
  const json::value wall = first_event(admin_, "/api/v1/studio/events");
  EXPECT_THAT(json::serialize(wall.at("channels").as_array().at(0).at("trouble")),
              HasSubstr("cut_asked"));
  const Answer cut = post(other, kAir + "/cut", nullptr);
  EXPECT_TRUE(cut.body.at("cut").as_bool()) << cut.text;
  EXPECT_TRUE(cut.body.at("cut_asked").is_null());
  EXPECT_EQ(in_force(), AirRule::kCut);
  const Answer audit = get(admin_, "/api/v1/audit?limit=2");
  EXPECT_EQ(audit.body.at("rows").at(0).at("action").as_string(), "air.cut");
  EXPECT_EQ(audit.body.at("rows").at(0).at("actor").as_string(), "wang");
  EXPECT_EQ(audit.body.at("rows").at(0).at("before").at("cut_asked").at("by").as_string(), "li");
  EXPECT_EQ(audit.body.at("rows").at(1).at("action").as_string(), "air.ask_cut");
  EXPECT_EQ(send(with(admin_, "If-Match", "*"), "DELETE", kAir + "/cut").status, 200);
  EXPECT_EQ(in_force(), AirRule::kFeed) << "one undoes it";
}

TEST_P(AirApiTest, AWishForACutPassesOrIsTakenBack) {
  ScheduleSettings settings;
  settings.second_person_within = std::chrono::seconds(60);
  thread_.run([&] { studio_->set_schedule(settings); });
  const Client other = somebody(admin_, "wang", "operator");
  post(admin_, kAir + "/cut", nullptr);
  now_ms_ += 60'000;
  const Answer late = post(other, kAir + "/cut", nullptr);
  EXPECT_FALSE(late.body.at("cut").as_bool()) << "it asks anew";
  EXPECT_EQ(late.body.at("cut_asked").at("by").as_string(), "wang");
  const Answer back = send(with(admin_, "If-Match", "*"), "DELETE", kAir + "/cut");
  EXPECT_EQ(back.status, 200) << back.text;
  EXPECT_TRUE(back.body.at("cut_asked").is_null());
  EXPECT_EQ(send(with(admin_, "If-Match", "*"), "DELETE", kAir + "/cut").status, 409);
  EXPECT_THAT(get(admin_, "/api/v1/audit?limit=1").text, HasSubstr("air.unask_cut"));
  // A program with one's own token is no second person.
  const Answer token = post(other, "/api/v1/me/tokens",
                            {{"label", "x"},
                             {"scopes", json::array{"operate"}},
                             {"days", 1},
                             {"password", test::kPassword}});
  Client program;
  program.more = {{"Authorization", "Bearer " + std::string(token.body.at("token").as_string())}};
  post(other, kAir + "/cut", nullptr);
  EXPECT_FALSE(post(program, kAir + "/cut", nullptr).body.at("cut").as_bool());
  EXPECT_EQ(in_force(), AirRule::kFeed);
}

LONGMEN_FOR_BOTH_DATABASES(AirApiTest);

}  // namespace
}  // namespace longmen
