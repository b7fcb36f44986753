#include "control/control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>
#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <fstream>

#include "control/api.h"
#include "control/openapi.h"
#include "control/secret.h"
#include "control/series.h"
#include "control/session_actions.h"
#include "control/studio_api.h"
#include "core/base/sha256.h"
#include "net/http_client.h"
#include "tests/control/postgresql_server.h"
#include "tests/support/fake_supervisor.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using test::FakeSupervisor;
using test::PostgresqlServer;
using ::testing::HasSubstr;
using ::testing::Not;

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct NodeAnswer {
  int status = 0;
  std::string content_type;
  std::string text;
  json::value body;
};

class ControlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "longmen-control-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    socket_name_ = "longmen-test-" + pattern.substr(pattern.size() - 6);
    supervisor_ = std::make_unique<FakeSupervisor>(run_control);
  }
  void TearDown() override {
    supervisor_.reset();
    std::filesystem::remove_all(directory_);
  }

  json::object node(const std::vector<std::string>& channels) const {
    json::array seeds;
    for (const std::string& id : channels) {
      Channel channel;
      channel.id = id;
      channel.name = "Channel " + id;
      channel.video = default_ladder();
      channel.key_hashes = {sha256_hex("key of " + id)};
      seeds.push_back(json::parse(channels_to_json({channel})).as_array().front());
    }
    return {{"data_dir", directory_}, {"log_level", "error"}, {"channels", seeds}};
  }
  void start(const std::vector<std::string>& channels = {"main", "second"}) {
    supervisor_->configure(node(channels));
    supervisor_->listen("api", test::listen_on_abstract(socket_name_));
    supervisor_->wait_for(MessageKind::kReady);
  }
  NodeAnswer get(const std::string& target) {
    HttpClientRequest request;
    request.target = target;
    return send(std::move(request));
  }
  NodeAnswer post(const std::string& target) {
    HttpClientRequest request;
    request.method = "POST";
    request.target = target;
    request.fields.set("Content-Type", "application/json");
    request.content = "{}";
    return send(std::move(request));
  }
  NodeAnswer send(HttpClientRequest request) {
    auto fetching = [&]() -> asio::awaitable<NodeAnswer> {
      NodeAnswer answer;
      // Named, not temporaries: GCC 12 destroys temporary aggregates in a co_await twice.
      const HttpEndpoint endpoint{socket_name_, "", 0};
      const HttpClientLimits limits;
      auto response = co_await http_fetch(endpoint, request, limits);
      if (!response) {
        answer.text = response.error().words;
        co_return answer;
      }
      answer.status = response->status;
      answer.content_type = response->fields.value("Content-Type");
      const HttpBodyPiece text = co_await read_whole_body(response->body, 1 << 20);
      answer.text = text.value_or("broken");
      co_return answer;
    };
    NodeAnswer answer =
        asio::co_spawn(supervisor_->thread().io(), fetching(), asio::use_future).get();
    boost::system::error_code ignored;
    answer.body = json::parse(answer.text, ignored);
    return answer;
  }

  std::string directory_;
  std::string socket_name_;
  std::unique_ptr<FakeSupervisor> supervisor_;
};

TEST_F(ControlTest, SeedsAreMadeToldAndShown) {
  start();
  const auto told = json::parse(supervisor_->wait_for(MessageKind::kChannels));
  const auto channels = channels_from_json(json::serialize(told.at("channels")));
  ASSERT_TRUE(channels);
  ASSERT_EQ(channels->size(), 2u);
  EXPECT_EQ(channels->at(0).id, "main");
  EXPECT_EQ(channels->at(0).key_hashes[0], sha256_hex("key of main"));

  const NodeAnswer list = get("/api/v1/channels");
  EXPECT_EQ(list.status, 200);
  EXPECT_EQ(list.content_type, "application/json");
  ASSERT_EQ(list.body.at("channels").as_array().size(), 2u);
  EXPECT_THAT(list.text, Not(HasSubstr(sha256_hex("key of main"))));
  const NodeAnswer main = get("/api/v1/channels/main");
  EXPECT_EQ(main.body, list.body.at("channels").as_array()[0]);
  EXPECT_EQ(main.body.at("name").as_string(), "Channel main");
  EXPECT_EQ(main.body.at("renditions").as_array().size(), 3u);
  EXPECT_TRUE(main.body.at("languages").as_array().empty());
  EXPECT_EQ(main.body.at("access").as_string(), "open");
  EXPECT_EQ(main.body.at("on_air").at("source").as_string(), "none");
  EXPECT_TRUE(main.body.at("feed").is_null());
  EXPECT_TRUE(main.body.at("viewers").is_null());
  const NodeAnswer absent = get("/api/v1/channels/absent");
  EXPECT_EQ(absent.status, 404);
  EXPECT_EQ(absent.content_type, "application/problem+json");
  EXPECT_EQ(supervisor_->stop(), 0);
}

TEST_F(ControlTest, WhatTheSupervisorTellsIsShown) {
  start();
  supervisor_->tell(
      MessageKind::kNodeState,
      R"({"node":"studio-1","ready":true,"roles":[{"role":"relay","channel":"","pid":7,
      "state":"ready","restarts":2,"last_end":"","status":{"text":"3 viewers","viewers":3}},
      {"role":"streamer","channel":"main","state":"ready","restarts":0}],
      "feeds":[{"channel":"main","up":true,"sender":"198.51.100.7:5000","protocol":"rtmp"}],
      "on_air":[{"channel":"main","source":"live","generation":18446744073709551615}]})");
  NodeAnswer main;
  do {
    main = get("/api/v1/channels/main");
  } while (main.body.at("feed").is_null());
  EXPECT_EQ(main.body.at("feed").at("protocol").as_string(), "rtmp");
  EXPECT_EQ(main.body.at("on_air").at("source").as_string(), "live");
  EXPECT_EQ(main.body.at("on_air").at("generation").as_string(), "ffffffffffffffff");
  EXPECT_THAT(main.text, Not(HasSubstr("198.51.100.7")));
  const NodeAnswer shown = get("/api/v1/node");
  EXPECT_EQ(shown.body.at("name").as_string(), "studio-1");
  EXPECT_TRUE(shown.body.at("ready").as_bool());
  EXPECT_EQ(shown.body.at("viewers").as_int64(), 3);
  EXPECT_EQ(shown.body.at("roles").as_array()[0].at("restarts").as_int64(), 2);
  EXPECT_EQ(shown.body.at("roles").as_array()[1].at("channel").as_string(), "main");
  // The sender has gone; its streamer is still there, with the slate's picture.
  supervisor_->tell(MessageKind::kNodeState,
                    R"({"feeds":[],"on_air":[{"channel":"main","source":"live"}]})");
  do {
    main = get("/api/v1/channels/main");
  } while (!main.body.at("feed").is_null());
  EXPECT_EQ(main.body.at("on_air").at("source").as_string(), "slate");
}

TEST_F(ControlTest, AReloadAddsNewSeedsAndTellsOnlyWhatChanged) {
  start({"main"});
  supervisor_->configure(node({"main"}));
  supervisor_->configure(node({"main", "late"}));
  const auto told = json::parse(supervisor_->wait_for(MessageKind::kChannels, 2));
  EXPECT_EQ(told.at("channels").as_array().size(), 2u);
  EXPECT_EQ(get("/api/v1/channels/late").status, 200);
  EXPECT_EQ(supervisor_->count(MessageKind::kChannels), 2u);
}

TEST_F(ControlTest, ADatabaseThatCannotBeUsedEndsTheProcessWithWords) {
  std::ofstream(directory_ + "/longmen.db") << std::string(4096, 'x');
  supervisor_->configure(node({"main"}));
  EXPECT_THAT(supervisor_->wait_for(MessageKind::kStatus), HasSubstr("not a database"));
  EXPECT_EQ(supervisor_->wait_for_end(), 1);
  EXPECT_EQ(supervisor_->count(MessageKind::kReady), 0u);
}

TEST_F(ControlTest, WhatAnotherProcessChangedIsTold) {
  start({"main"});
  supervisor_->wait_for(MessageKind::kChannels);
  StoreSettings settings;
  settings.database = directory_ + "/longmen.db";
  ChannelSeed other;
  other.channel.id = "other";
  other.channel.video = default_ladder();
  ASSERT_TRUE((*Store::open(settings, 0))->seed({other}, 0));
  const auto told = json::parse(supervisor_->wait_for(MessageKind::kChannels, 2));
  EXPECT_EQ(told.at("channels").as_array().size(), 2u);
}

// Tokens that were made before are no longer good, within seconds.
TEST_F(ControlTest, AnInstallationThatWasRestoredHasAnotherWatchKey) {
  start({"main"});
  const auto key = [&](size_t number) {
    const auto told = json::parse(supervisor_->wait_for(MessageKind::kChannels, number));
    return std::string(told.at("channels").at(0).at("watch_key").as_string());
  };
  const std::string before = key(1);
  EXPECT_FALSE(before.empty());
  StoreSettings settings;
  settings.database = directory_ + "/longmen.db";
  const auto forgotten =
      (*Store::open(settings, 0))->database().write("test", [](soci::session& sql) -> Result<void> {
        sql << "DELETE FROM secrets";
        return {};
      });
  ASSERT_TRUE(forgotten);
  const std::string after = key(2);
  EXPECT_FALSE(after.empty());
  EXPECT_NE(after, before);
}

TEST_F(ControlTest, WhatWasDueWhileItWasDownIsDoneAndIsPublic) {
  StoreSettings settings;
  settings.database = directory_ + "/longmen.db";
  const int64_t now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
  constexpr int64_t kHour = 3'600'000;
  {
    const auto store = *Store::open(settings, 0);
    ChannelSeed main;
    main.channel.id = "main";
    main.channel.name = "Main";
    main.channel.video = default_ladder();
    ASSERT_TRUE(store->seed({main}, 0));
    ScheduleContext then;
    then.actor = {"", "li", "local", now_ms - 2 * kHour};
    then.random = system_random();
    const auto scheduled =
        in_transaction(store->database(), "test", [&](soci::session& sql) -> Decided<bool> {
          const auto series = create_series(sql, then, {"Secretary Talk", std::nullopt});
          if (!series) return tl::unexpected(series.error());
          SessionWish wish;
          wish.channel = "main";
          wish.series = series->id;
          wish.title = "on air";
          wish.start_ms = now_ms - kHour / 2;
          wish.end_ms = now_ms + kHour;
          wish.auto_start = true;
          if (auto done = schedule_sessions(sql, then, wish, std::nullopt); !done)
            return tl::unexpected(done.error());
          return true;
        });
    ASSERT_TRUE(scheduled && *scheduled);
  }
  start({"main"});
  NodeAnswer main;
  do {
    main = get("/api/v1/channels/main");
  } while (main.body.at("session").is_null());
  EXPECT_EQ(main.body.at("session").at("title").as_string(), "on air");
  EXPECT_EQ(main.body.at("session").at("series").at("title").as_string(), "Secretary Talk");
  EXPECT_EQ(main.body.at("session").at("state").as_string(), "live");
}

class PostgreSQLControl : public ControlTest {
 protected:
  PostgresqlServer& server_ = PostgresqlServer::shared();
};

TEST_F(PostgreSQLControl, GoesOnWhileItsDatabaseIsAwayAndWhenItIsBack) {
  json::object config = node({"main"});
  config["database"] = server_.make_database();
  server_.stop();
  supervisor_->configure(config);
  supervisor_->listen("api", test::listen_on_abstract(socket_name_));
  EXPECT_THAT(supervisor_->wait_for(MessageKind::kStatus), HasSubstr("PostgreSQL database"));
  server_.start();
  supervisor_->wait_for(MessageKind::kReady);
  EXPECT_EQ(get("/api/v1/channels/main").status, 200);
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/longmen.db"));
  server_.crash();
  const NodeAnswer away = get("/api/v1/channels/main");
  EXPECT_EQ(away.status, 503);
  EXPECT_EQ(away.content_type, "application/problem+json");
  EXPECT_EQ(get("/api/v1/node").status, 200) << "what needs no database is answered";
  server_.start();
  NodeAnswer back;
  do {
    back = get("/api/v1/channels/main");
  } while (back.status == 503);
  EXPECT_EQ(back.status, 200);
  EXPECT_EQ(supervisor_->stop(), 0);
}

TEST_F(ControlTest, TheFirstStartLeavesALinkForThisMachine) {
  start();
  const NodeAnswer asked = post("/local/v1/first-link");
  EXPECT_EQ(asked.status, 200) << asked.text;
  EXPECT_THAT(asked.text, HasSubstr("studio"));
  EXPECT_EQ(get("/api/v1/me").status, 401);
  EXPECT_EQ(get("/api/v1/accounts").status, 401);
}

TEST_F(ControlTest, TheDescriptionIsServedAndHoldsExactlyTheRoutes) {
  start();
  const NodeAnswer served = get("/api/v1/openapi.json");
  EXPECT_EQ(served.status, 200);
  EXPECT_EQ(served.text, openapi_json());
  std::vector<std::string> described;
  for (const auto& [path, item] : served.body.at("paths").as_object()) {
    for (const auto& [method, operation] : item.as_object()) {
      std::string upper(method);
      std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
      described.push_back(upper + " " + std::string(path));
      const json::object& responses = operation.at("responses").as_object();
      EXPECT_TRUE(responses.contains("200") || responses.contains("303")) << described.back();
      // A token is good wherever a sign-in is, but for one's own account.
      const json::value* security = operation.as_object().if_contains("security");
      const std::string schemes = security ? json::serialize(*security) : "";
      if (!holds(schemes, "sign_in")) continue;
      const bool own = path.starts_with("/api/v1/me") || path == "/api/v1/sign-out";
      EXPECT_EQ(holds(schemes, "token"), !own) << described.back();
    }
  }
  asio::io_context io;
  StoreThread store(io);
  const NodeState state;
  Api api(store, state);
  HttpRouter router;
  api.add_routes(router);
  StudioApi studio(io, store, StudioSettings::of_this_machine());
  studio.add_routes(router);
  std::vector<std::string> routed;
  for (const HttpRoute& route : router.routes())
    routed.push_back(route.method + " " + route.pattern);
  EXPECT_THAT(described, ::testing::UnorderedElementsAreArray(routed));
  // What is answered has exactly the fields that are described.
  const auto& schemas = served.body.at("components").at("schemas");
  const auto names = [](const json::value& object) {
    std::set<std::string> found;
    for (const auto& [name, value] : object.as_object())
      found.insert(std::string(name));
    return found;
  };
  EXPECT_EQ(names(get("/api/v1/channels/main").body),
            names(schemas.at("Channel").at("properties")));
  EXPECT_EQ(names(get("/api/v1/node").body), names(schemas.at("Node").at("properties")));
}

}  // namespace
}  // namespace longmen
