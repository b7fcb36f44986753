// The schedule, channels and the guide over HTTP.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "control/session_actions.h"
#include "core/access/watch_token.h"
#include "core/base/sha256.h"
#include "tests/control/studio_fixture.h"

namespace longmen {
namespace {

namespace json = boost::json;
using test::Answer;
using test::Client;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kHour = 3'600'000;
constexpr int64_t kStart = test::kNow + kHour;

class ScheduleApiTest : public test::StudioFixture {
 protected:
  void SetUp() override {
    StudioFixture::SetUp();
    ChannelSeed seed;
    seed.channel.id = "main";
    seed.channel.name = "主频道";
    seed.channel.video = default_ladder();
    seed.stream_keys = {"configured-key"};
    const auto make = [seed](Store& store) { return store.seed({seed}, test::kNow); };
    ASSERT_TRUE(wait(store_->run(make)));
    admin_ = administrator();
    const Answer made = post(admin_, "/api/v1/series", {{"title", "书记龙门阵"}});
    ASSERT_EQ(made.status, 200) << made.text;
    series_ = std::string(made.body.at("id").as_string());
  }
  static Client with(Client client, const std::string& field, const std::string& value) {
    client.more.emplace_back(field, value);
    return client;
  }
  json::object wish(int64_t start_ms = kStart, const std::string& title = "第一期") {
    return {{"channel", "main"},
            {"series", series_},
            {"title", title},
            {"start_ms", start_ms},
            {"end_ms", start_ms + kHour}};
  }
  json::value scheduled(const json::object& made) {
    const Answer answer = post(admin_, "/api/v1/sessions", made);
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.body.at("sessions").as_array().at(0);
  }
  static std::string path_of(const json::value& session) {
    return "/api/v1/sessions/" + std::string(session.at("id").as_string());
  }
  std::vector<std::string> key_hashes() {
    const auto read = [](Store& store) { return store.channel("main"); };
    const auto channel = wait(store_->run(read));
    return channel && *channel ? (*channel)->key_hashes : std::vector<std::string>();
  }

  Client admin_;
  std::string series_;
};

TEST_P(ScheduleApiTest, ASessionIsScheduledStartedEndedAndReopened) {
  const json::value session = scheduled(wish());
  EXPECT_EQ(session.at("state").as_string(), "scheduled");
  const Answer read = get(admin_, path_of(session));
  EXPECT_EQ(read.fields.value("ETag"), "\"1\"");
  now_ms_ = kStart;
  const Answer live = send(with(admin_, "If-Match", "\"1\""), "POST", path_of(session) + "/start");
  EXPECT_EQ(live.status, 200) << live.text;
  EXPECT_EQ(live.fields.value("ETag"), "\"2\"");
  EXPECT_EQ(live.body.at("live_ms").as_int64(), kStart);
  const Answer ended = send(with(admin_, "If-Match", "\"2\""), "POST", path_of(session) + "/end");
  EXPECT_EQ(ended.body.at("reopen_until_ms").as_int64(), kStart + 600'000);
  const Answer again =
      send(with(admin_, "If-Match", "\"3\""), "POST", path_of(session) + "/reopen");
  EXPECT_EQ(again.body.at("state").as_string(), "live");
  EXPECT_TRUE(again.body.at("ended_ms").is_null());
}

TEST_P(ScheduleApiTest, AChangeNamesWhatItWasMadeLookingAt) {
  const json::value session = scheduled(wish());
  const Answer none = send(admin_, "PATCH", path_of(session), json::object{{"title", "x"}});
  EXPECT_EQ(none.status, 428);
  EXPECT_THAT(none.text, HasSubstr("If-Match"));
  const auto patch = [&](const std::string& tag, const std::string& title) {
    return send(with(admin_, "If-Match", tag), "PATCH", path_of(session),
                json::object{{"title", title}});
  };
  EXPECT_EQ(patch("\"1\"", "one").status, 200);
  const Answer stale = patch("\"1\"", "two");
  EXPECT_EQ(stale.status, 412);
  EXPECT_EQ(stale.fields.value("Content-Type"), "application/problem+json");
  EXPECT_THAT(stale.text, HasSubstr("li changed title at 2023-11-15 06:13 (Asia/Shanghai)"));
  for (const char* tag : {"W/\"2\"", "\"x\"", "2", "\"\""})
    EXPECT_EQ(patch(tag, "two").status, 412) << tag;
  EXPECT_EQ(patch("*", "three").status, 200);
}

TEST_P(ScheduleApiTest, ARequestWithAKeyIsDoneOnce) {
  const Client once = with(admin_, "Idempotency-Key", "a-key");
  const Answer first = post(once, "/api/v1/sessions", wish());
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(post(once, "/api/v1/sessions", wish()).text, first.text);
  EXPECT_EQ(post(once, "/api/v1/sessions", wish(kStart, "other")).status, 422);
  EXPECT_EQ(post(admin_, "/api/v1/sessions", wish()).status, 409) << "it is there once";
  EXPECT_EQ(post(with(admin_, "Idempotency-Key", "refused"), "/api/v1/sessions", wish()).status,
            409);
  now_ms_ += 25 * kHour;
  Client later = admin_;
  later.cookie = post(Client{}, "/api/v1/sign-in", credentials("li")).sign_in_cookie();
  EXPECT_EQ(
      post(with(later, "Idempotency-Key", "a-key"), "/api/v1/series", {{"title", "x"}}).status, 200)
      << "a day later the key is free again";
  EXPECT_EQ(post(with(later, "Idempotency-Key", std::string(129, 'k')), "/api/v1/series",
                 {{"title", "y"}})
                .status,
            400);
}

TEST_P(ScheduleApiTest, RolesAreHeldToTheTable) {
  const json::value session = scheduled(wish());
  const std::string one = path_of(session);
  const Client viewer = with(somebody(admin_, "viewer", "viewer"), "If-Match", "*");
  const Client operates = with(somebody(admin_, "operator", "operator"), "If-Match", "*");
  const Client produces = with(somebody(admin_, "producer", "producer"), "If-Match", "*");
  for (const Client* who : {&viewer, &operates, &produces}) {
    for (const char* look :
         {"/api/v1/sessions", "/api/v1/series", "/api/v1/themes", "/api/v1/channels/main/settings"})
      EXPECT_EQ(get(*who, look).status, 200) << look;
    EXPECT_EQ(get(*who, "/api/v1/channels/main/keys").status, 403);
    EXPECT_EQ(post(*who, "/api/v1/channels", {{"id", "x"}}).status, 403);
    EXPECT_EQ(send(*who, "PATCH", "/api/v1/channels/main/settings", {{"name", "x"}}).status, 403);
  }
  EXPECT_EQ(get(Client{}, "/api/v1/sessions").status, 401);
  EXPECT_EQ(send(viewer, "POST", one + "/start").status, 403);
  EXPECT_EQ(post(operates, "/api/v1/sessions", wish()).status, 403);
  EXPECT_EQ(send(operates, "PATCH", one, {{"title", "x"}}).status, 403);
  EXPECT_EQ(send(operates, "POST", one + "/cancel").status, 403);
  EXPECT_EQ(send(operates, "POST", one + "/start").status, 200);
  EXPECT_EQ(send(produces, "PATCH", one, {{"title", "x"}}).status, 200);
  EXPECT_EQ(send(produces, "POST", one + "/end").status, 200);
}

TEST_P(ScheduleApiTest, PagesOfSessionsAndWhatIsMalformed) {
  json::object repeated = wish();
  repeated["repeat"] = {{"weekdays", {"wednesday", "friday"}}, {"count", 5}};
  const Answer made = post(admin_, "/api/v1/sessions", repeated);
  EXPECT_EQ(made.status, 200) << made.text;  // 2023-11-15 is a Wednesday
  EXPECT_EQ(made.body.at("time_zone").as_string(), "Asia/Shanghai");
  std::string cursor;
  int found = 0, pages = 0;
  do {
    const Answer page = get(admin_, "/api/v1/sessions?limit=2&cursor=" + cursor);
    EXPECT_EQ(page.status, 200);
    found += static_cast<int>(page.body.at("sessions").as_array().size());
    const auto& next = page.body.at("next");
    cursor = next.is_null() ? "" : std::string(next.as_string());
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(found, 5);
  EXPECT_EQ(pages, 3);
  for (const char* bad : {"cursor=x", "state=over", "from_ms=x", "to_ms=1e9"})
    EXPECT_EQ(get(admin_, std::string("/api/v1/sessions?") + bad).status, 422) << bad;
  const auto refused = [&](const char* field, const json::value& value) {
    json::object body = wish(kStart + 100 * kHour);
    body[field] = value;
    const Answer answer = post(admin_, "/api/v1/sessions", body);
    EXPECT_EQ(answer.status, 422) << answer.text;
    return std::string(answer.body.at("detail").as_string());
  };
  EXPECT_THAT(refused("title", 7), HasSubstr("title: a text"));
  EXPECT_THAT(refused("start_ms", 1.5), HasSubstr("start_ms: a whole number"));
  EXPECT_THAT(refused("speakers", json::array{1}), HasSubstr("speakers: a list of texts"));
  EXPECT_THAT(refused("repeat", "weekly"), HasSubstr("repeat: an object"));
  EXPECT_THAT(refused("repeat", {{"every_day", 1}}), HasSubstr("no field \"every_day\""));
  EXPECT_THAT(refused("repeat", {{"weekdays", {"someday"}}, {"count", 1}}), HasSubstr("monday"));
  EXPECT_THAT(refused("repeat", {{"every_days", 1}, {"until", "31.12.2026"}}), HasSubstr("date"));
  EXPECT_THAT(refused("repeat", {{"every_days", 1}, {"count", 1'000'000'000'000}}),
              HasSubstr("1 to 366"));
  EXPECT_THAT(refused("state", "live"), HasSubstr("no field \"state\""));
}

TEST_P(ScheduleApiTest, ThemesAreSixAndSpecialOnes) {
  const Answer themes = get(admin_, "/api/v1/themes");
  ASSERT_EQ(themes.body.at("themes").as_array().size(), 6u);
  EXPECT_TRUE(themes.body.at("themes").as_array()[0].at("core").as_bool());
  const Answer special = post(admin_, "/api/v1/themes", {{"title", "防汛"}});
  EXPECT_EQ(special.status, 200);
  const std::string one = "/api/v1/themes/" + std::string(special.body.at("id").as_string());
  EXPECT_EQ(send(with(admin_, "If-Match", "\"1\""), "PATCH", one, {{"title", "防汛救灾"}}).status,
            200);
  EXPECT_EQ(send(with(admin_, "If-Match", "\"1\""), "DELETE", one).status, 412);
  EXPECT_EQ(send(with(admin_, "If-Match", "\"2\""), "DELETE", one).status, 200);
}

TEST_P(ScheduleApiTest, ChannelsAreMadeAndChangedAndTheNodeHearsOfIt) {
  const Answer made = post(admin_, "/api/v1/channels", {{"id", "field"}, {"name", "田间课堂"}});
  EXPECT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.body.at("renditions").as_array().size(), 3u);
  EXPECT_EQ(told_, 1);
  EXPECT_EQ(post(admin_, "/api/v1/channels", {{"id", "field"}}).status, 409);
  EXPECT_EQ(post(admin_, "/api/v1/channels", {{"id", "Field!"}}).status, 422);
  const std::string settings = "/api/v1/channels/field/settings";
  const auto patch = [&](const json::value& body) {
    return send(with(admin_, "If-Match", "*"), "PATCH", settings, body);
  };
  const Answer changed =
      patch({{"gop_seconds", 2},
             {"second_publisher", "take_over"},
             {"renditions", {{{"name", "360p"}, {"width", 640}, {"height", 360}, {"kbps", 500}}}}});
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.body.at("version").as_int64(), 2);
  EXPECT_EQ(get(admin_, settings).body, changed.body);
  EXPECT_THAT(patch({{"gop_seconds", 3}}).text, HasSubstr("1 or 2 is allowed"));
  EXPECT_EQ(patch({{"name", "a\nb"}}).status, 422);
  EXPECT_EQ(patch({{"renditions", json::array{}}}).status, 422);
  EXPECT_EQ(patch({{"id", "other"}}).status, 422);
  EXPECT_THAT(patch({{"access", "nobody"}}).text, HasSubstr("open, screens or token"));
  EXPECT_EQ(changed.body.at("access"), "open");
  EXPECT_EQ(patch({{"access", "token"}}).body.at("access"), "token");
  EXPECT_EQ(get(admin_, "/api/v1/channels/absent/settings").status, 404);
}

TEST_P(ScheduleApiTest, AChannelIsRemovedWhenNothingHangsOnIt) {
  const auto remove = [&](const std::string& id, const std::string& seen = "*") {
    return send(with(admin_, "If-Match", seen), "DELETE", "/api/v1/channels/" + id);
  };
  ASSERT_EQ(post(admin_, "/api/v1/channels", {{"id", "field"}}).status, 200);
  ASSERT_EQ(post(admin_, "/api/v1/channels/field/keys", {{"label", "x"}}).status, 200);
  EXPECT_THAT(remove("main").text, HasSubstr("keys of it stand in the configuration of longmen"));
  EXPECT_EQ(send(admin_, "DELETE", "/api/v1/channels/field").status, 428);
  EXPECT_EQ(remove("field", "\"7\"").status, 412);
  EXPECT_EQ(remove("absent").status, 404);
  EXPECT_EQ(send(with(somebody(admin_, "wang", "producer"), "If-Match", "*"), "DELETE",
                 "/api/v1/channels/field")
                .status,
            403);

  json::object session = wish();
  session["channel"] = "field";
  const json::value made = scheduled(session);
  NodeState node;
  node.inputs["field"][ChannelInput::kPrimary] = {"rtmp", "", ""};
  thread_.run([&] { studio_->events().take_node_state(node); });
  const Answer refused = remove("field");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.text, HasSubstr("somebody sends to it"));
  EXPECT_THAT(refused.text, HasSubstr("1 of its sessions are live or scheduled"));
  thread_.run([&] { studio_->events().take_node_state(NodeState()); });
  ASSERT_EQ(send(with(admin_, "If-Match", "*"), "POST", path_of(made) + "/cancel").status, 200);
  ScheduleSettings settings;
  settings.configured_channels = {"field"};
  thread_.run([&] { studio_->set_schedule(settings); });
  EXPECT_THAT(remove("field").text, HasSubstr("would make it anew"));
  thread_.run([&] { studio_->set_schedule({}); });
  const int told = told_;
  const Answer removed = remove("field");
  EXPECT_EQ(removed.status, 200) << removed.text;
  EXPECT_EQ(removed.body.at("id").as_string(), "field");
  EXPECT_EQ(told_, told + 1);
  EXPECT_EQ(get(admin_, "/api/v1/channels/field/settings").status, 404);
  EXPECT_EQ(get(admin_, path_of(made)).status, 404);
  const Answer audit = get(admin_, "/api/v1/audit?limit=1");
  EXPECT_THAT(audit.text, HasSubstr("channel.remove"));
  EXPECT_THAT(audit.text, HasSubstr("\"past_sessions\":1"));
  EXPECT_EQ(post(admin_, "/api/v1/channels", {{"id", "field"}}).status, 200) << "and made again";
}

TEST_P(ScheduleApiTest, LinksToAChannelThatIsNotOpenAreSignedAndAudited) {
  const std::string tokens = "/api/v1/channels/main/watch-tokens";
  const auto give_access = [&](const std::string& access) {
    EXPECT_EQ(send(with(admin_, "If-Match", "*"), "PATCH", "/api/v1/channels/main/settings",
                   {{"access", access}})
                  .status,
              200);
  };
  const json::value wish{{"for", "x"}, {"minutes", 1}};
  EXPECT_EQ(post(admin_, tokens, wish).status, 409) << "it is open";
  give_access("screens");
  EXPECT_THAT(post(admin_, tokens, wish).text, HasSubstr("for enrolled screens alone"));
  EXPECT_THAT(get(admin_, "/api/v1/audit").text, Not(HasSubstr("watch_token.create")));
  give_access("token");
  const Answer made = post(admin_, tokens, {{"for", "青羊区 党校"}, {"minutes", 60}});
  ASSERT_EQ(made.status, 200) << made.text;
  const std::string token(made.body.at("token").as_string());
  const auto grant = read_watch_token(token, public_watch_key(), WatchGrant::Instant());
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->channel, "main");
  EXPECT_EQ(grant->bearer, WatchBearer::kPerson);
  EXPECT_EQ(made.body.at("expires_ms").as_int64(),
            std::chrono::milliseconds(grant->expires.time_since_epoch()).count());
  EXPECT_EQ(made.body.at("page").as_string(), "/?channel=main&token=" + token);
  const Answer audit = get(admin_, "/api/v1/audit");
  EXPECT_THAT(audit.text, HasSubstr("watch_token.create"));
  EXPECT_THAT(audit.text, Not(HasSubstr(token)));
  EXPECT_EQ(post(admin_, tokens, {{"for", "x"}, {"minutes", 0}}).status, 422);
  EXPECT_EQ(post(admin_, tokens, {{"minutes", 1}}).status, 422);
  EXPECT_EQ(
      post(admin_, "/api/v1/channels/absent/watch-tokens", {{"for", "x"}, {"minutes", 1}}).status,
      404);
}

TEST_P(ScheduleApiTest, AKeyNamesItsInputAndAChannelItsRules) {
  const std::string keys = "/api/v1/channels/main/keys";
  const Answer made = post(admin_, keys, {{"label", "spare"}, {"input", "backup"}});
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.body.at("input").as_string(), "backup");
  const std::string id(made.body.at("id").as_string());
  EXPECT_EQ(post(admin_, keys + "/" + id + "/rotate", nullptr).body.at("input").as_string(),
            "backup");
  EXPECT_EQ(post(admin_, keys, {{"input", "spare"}}).status, 422);
  EXPECT_EQ(get(admin_, keys).body.at("keys").as_array()[0].at("input").as_string(), "primary");

  const Client any = with(admin_, "If-Match", "*");
  const std::string settings = "/api/v1/channels/main/settings";
  const Answer changed =
      send(any, "PATCH", settings,
           {{"failover",
             {{"black", {{"after_ms", 1500}, {"else", "stay"}}}, {"return_after_ms", nullptr}}}});
  ASSERT_EQ(changed.status, 200) << changed.text;
  const auto& rules = changed.body.at("failover").as_object();
  EXPECT_EQ(rules.at("black").at("after_ms"), 1500);
  EXPECT_TRUE(rules.at("return_after_ms").is_null());
  EXPECT_EQ(rules.at("silent").at("after_ms"), 15'000) << "what is absent stays";
  EXPECT_EQ(get(admin_, settings).body.at("failover"), changed.body.at("failover"));
  const Answer wrong = send(any, "PATCH", settings, {{"failover", {{"black", {{"after_ms", 7}}}}}});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_THAT(wrong.text, HasSubstr("failover: black.after_ms: 0 or 100 to 600000 is allowed"));
}

TEST_P(ScheduleApiTest, AChannelsSoundIsChanged) {
  const Client any = with(admin_, "If-Match", "*");
  const std::string settings = "/api/v1/channels/main/settings";
  EXPECT_TRUE(get(admin_, settings).body.at("sound").at("target_lufs").is_null()) << "off";
  const Answer changed = send(any, "PATCH", settings,
                              {{"sound", {{"target_lufs", -24}, {"primary_mapping", "left"}}}});
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.body.at("sound"),
            (json::value{
                {"target_lufs", -24}, {"primary_mapping", "left"}, {"backup_mapping", "stereo"}}));
  EXPECT_EQ(get(admin_, settings).body.at("sound"), changed.body.at("sound"));
  const json::value languages{{{"tag", "zh"}, {"name", "普通话"}},
                              {{"tag", "ug"}, {"name", "ئۇيغۇرچە"}}};
  const Answer without =
      send(any, "PATCH", settings, {{"sound", {{"primary_mapping", "languages"}}}});
  EXPECT_EQ(without.status, 422);
  EXPECT_THAT(without.text, HasSubstr("sound: languages: an input that is mapped so has two"));
  const Answer two =
      send(any, "PATCH", settings,
           {{"sound", {{"primary_mapping", "languages"}, {"languages", languages}}}});
  ASSERT_EQ(two.status, 200) << two.text;
  EXPECT_EQ(two.body.at("sound").at("languages"), languages);
  EXPECT_EQ(get(admin_, settings).body.at("sound"), two.body.at("sound"));
  const Answer wrong = send(any, "PATCH", settings, {{"sound", {{"target_lufs", -40}}}});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_THAT(wrong.text, HasSubstr("sound: target_lufs: -31 to -14 is allowed, and null for off"));
}

TEST_P(ScheduleApiTest, KeysAreShownOnceAndRevokedOnesAreValidNoLonger) {
  const std::string keys = "/api/v1/channels/main/keys";
  const Client once = with(admin_, "Idempotency-Key", "k");
  const Answer made = post(once, keys, {{"label", "OBS 一号"}});
  ASSERT_EQ(made.status, 200) << made.text;
  const std::string clear(made.body.at("stream_key").as_string());
  EXPECT_EQ(clear.size(), 24u);
  EXPECT_THAT(key_hashes(), ::testing::Contains(sha256_hex(clear)));
  const Answer repeated = post(once, keys, {{"label", "OBS 一号"}});
  EXPECT_EQ(repeated.status, 409) << "done once, and not shown again";
  const Answer list = get(admin_, keys);
  EXPECT_EQ(list.body.at("keys").as_array().size(), 2u);
  EXPECT_THAT(list.text, Not(HasSubstr(clear)));
  EXPECT_THAT(list.text, Not(HasSubstr(sha256_hex(clear))));
  EXPECT_TRUE(list.body.at("keys").as_array()[0].at("configured").as_bool());

  const std::string id(made.body.at("id").as_string());
  const Answer rotated = post(admin_, keys + "/" + id + "/rotate", nullptr);
  ASSERT_EQ(rotated.status, 200) << rotated.text;
  EXPECT_EQ(rotated.body.at("label").as_string(), "OBS 一号");
  EXPECT_THAT(key_hashes(), Not(::testing::Contains(sha256_hex(clear))));
  EXPECT_EQ(post(admin_, keys + "/" + id + "/rotate", nullptr).status, 404);

  const std::string configured = sha256_hex("configured-key");
  EXPECT_EQ(send(admin_, "DELETE", keys + "/" + configured.substr(0, 16)).status, 200);
  EXPECT_THAT(key_hashes(), Not(::testing::Contains(configured)));
  ChannelSeed seed;
  seed.channel.id = "main";
  seed.stream_keys = {"configured-key"};
  const auto again = [seed](Store& store) { return store.seed({seed}, test::kNow); };
  const auto seeded = wait(store_->run(again));
  ASSERT_TRUE(seeded);
  EXPECT_THAT(seeded->left_out, ::testing::ElementsAre(HasSubstr("was revoked and stays so")));
  EXPECT_THAT(key_hashes(), Not(::testing::Contains(configured)));
  const Answer audit = get(admin_, "/api/v1/audit?limit=200");
  EXPECT_THAT(audit.text, Not(HasSubstr(clear)));
  EXPECT_THAT(audit.text, HasSubstr("key.revoke"));
}

TEST_P(ScheduleApiTest, TheGuideIsForEverybodyAndTheStudioIsNotInIt) {
  const std::string hostile = "<img src=x onerror=alert(1)>";
  const json::value session = scheduled(wish(kStart, hostile));
  scheduled(wish(kStart + 24 * 8 * kHour, "next week"));
  const Client nobody;
  const Answer guide = get(nobody, "/api/v1/guide");
  EXPECT_EQ(guide.status, 200) << guide.text;
  EXPECT_EQ(guide.body.at("time_zone").as_string(), "Asia/Shanghai");
  ASSERT_EQ(guide.body.at("sessions").as_array().size(), 1u) << "seven days";
  const auto& entry = guide.body.at("sessions").as_array()[0];
  EXPECT_EQ(entry.at("title").as_string(), hostile);
  EXPECT_EQ(entry.at("channel").at("name").as_string(), "主频道");
  EXPECT_THAT(guide.text, Not(HasSubstr("changed_by")));
  Client again = nobody;
  again.more = {{"If-None-Match", std::string(guide.fields.value("ETag"))}};
  EXPECT_EQ(get(again, "/api/v1/guide").status, 304);
  const Answer calendar = get(nobody, "/api/v1/guide.ics?series=" + series_);
  EXPECT_EQ(calendar.fields.value("Content-Type"), "text/calendar; charset=utf-8");
  EXPECT_THAT(calendar.text, HasSubstr("NAME:书记龙门阵\r\n"));
  EXPECT_THAT(calendar.text, HasSubstr("next week"));
  EXPECT_THAT(get(nobody, "/api/v1/guide.ics?channel=main").text, HasSubstr("NAME:主频道\r\n"));
  const Answer xml = get(nobody, "/api/v1/guide.xml");
  EXPECT_THAT(xml.text, HasSubstr("&lt;img src=x onerror=alert(1)&gt;"));
  EXPECT_THAT(xml.text, Not(HasSubstr("<img")));
  EXPECT_EQ(get(nobody, "/api/v1/guide?from_ms=x").status, 422);
  send(with(admin_, "If-Match", "*"), "POST", path_of(session) + "/cancel");
  EXPECT_THAT(get(nobody, "/api/v1/guide.ics").text, HasSubstr("STATUS:CANCELLED"));
}

TEST_P(ScheduleApiTest, AFileIsImportedAndItsMistakesAreTold) {
  const auto import = [&](const std::string& query, const std::string& type,
                          const std::string& text) {
    HttpClientRequest request = make(admin_, "POST", "/api/v1/guide/import" + query, nullptr);
    request.fields.set("Content-Type", type);
    request.content = text;
    return wait(ask(std::move(request)));
  };
  std::string table = "channel,series,title,start,end\n";
  for (int i = 10; i < 20; ++i)
    table += fmt::format("main,S,talk {},2023-11-{} 10:00,2023-11-{} 11:00\n", i, i + 10, i + 10);
  const Answer dry = import("?dry_run=true", "text/csv; charset=utf-8", table);
  EXPECT_EQ(dry.status, 200) << dry.text;
  EXPECT_EQ(dry.body.at("scheduled").as_int64(), 10);
  EXPECT_FALSE(dry.body.at("done").as_bool());
  EXPECT_EQ(import("", "text/csv", table + "x,,,,\n").body.at("mistakes").as_array().size(), 1u);
  EXPECT_TRUE(import("", "text/csv", table).body.at("done").as_bool());
  EXPECT_EQ(import("?take=right", "application/xml", "<tv/>").status, 200);
  EXPECT_EQ(import("", "application/json", "{}").status, 415);
  EXPECT_EQ(import("?take=some", "text/csv", table).status, 422);
  EXPECT_EQ(import("", "text/csv", std::string((1 << 20) + 1, 'x')).status, 413);
}

TEST_P(ScheduleApiTest, TheClockDoesWhatIsDue) {
  json::object made = wish();
  made["auto_start"] = true;
  made["auto_end"] = true;
  const json::value session = scheduled(made);
  EXPECT_EQ(*wait(studio_->sessions().do_due()), 0);
  now_ms_ = kStart;
  EXPECT_EQ(*wait(studio_->sessions().do_due()), 1);
  const Answer live = get(admin_, path_of(session));
  EXPECT_EQ(live.body.at("state").as_string(), "live");
  EXPECT_EQ(live.body.at("changed_by").as_string(), "clock");
}

LONGMEN_FOR_BOTH_DATABASES(ScheduleApiTest);

}  // namespace
}  // namespace longmen
