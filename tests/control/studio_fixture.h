// The studio's API through a real HTTP server on a Unix socket, as the gateway reaches it, on
// either database; time and the price of a password are the test's.
#pragma once

#include "control/studio_api.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <memory>
#include <string>

#include "net/http_client.h"
#include "net/http_server.h"
#include "tests/control/database_fixture.h"
#include "tests/net/loopback.h"

namespace longmen::test {

namespace asio = boost::asio;
namespace json = boost::json;

inline const std::string kPassword = "correct horse battery";

struct Answer {
  int status = 0;
  HttpFields fields;
  std::string text;
  json::value body;

  // What a browser would send back.
  std::string sign_in_cookie() const { return cookie(0); }
  std::string device_cookie() const { return cookie(1); }
  std::string cookie(size_t number) const {
    for (const HttpFields::Field& field : fields) {
      if (field.name != "Set-Cookie") continue;
      if (number-- == 0) return std::string(field.value.substr(0, field.value.find(';')));
    }
    return "";
  }
};

// A browser, or a program.
struct Client {
  std::string address = "192.0.2.7";
  std::string cookie;
  std::vector<std::pair<std::string, std::string>> more{{"Sec-Fetch-Site", "same-origin"}};
  bool https = true;
  bool gateway = true;
};

class StudioFixture : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    socket_ = "longmen-test-" + directory_.substr(directory_.size() - 6);
    StudioSettings settings = StudioSettings::of_this_machine();
    settings.password_cost = {8, 1, 1};
    settings.clock.wall_ms = [this] { return now_ms_.load(); };
    settings.clock.media_ms = settings.clock.wall_ms;
    settings.clock.steady = [this] { return std::chrono::seconds(now_ms_.load() / 1000); };
    settings.origin = [] { return std::string("https://node.example:8443"); };
    settings.fetch = fetch_;
    settings.check_slate = check_slate_;
    thread_.run([&] {
      store_ = std::make_unique<StoreThread>(thread_.io());
      studio_ = std::make_unique<StudioApi>(thread_.io(), *store_, std::move(settings));
      ScheduleSettings schedule;
      schedule.zone = *TimeZone::named("Asia/Shanghai");
      studio_->set_schedule(schedule);
      studio_->on_channels_changed([this] { ++told_; });
      studio_->add_routes(router_);
      studio_->add_local_routes(router_);
      server_ = std::make_unique<HttpServer>(
          thread_.io(), HttpServerLimits{},
          [this](HttpRequest request) { return router_.handle(std::move(request)); });
      EXPECT_TRUE(server_->listen(test::listen_on_abstract(socket_)));
    });
    ASSERT_TRUE(wait(store_->open(settings_, kNow)));
    ASSERT_TRUE(wait(studio_->settle()));
  }
  std::string first_database() override { return new_database_with_schema(GetParam()); }
  void TearDown() override {
    thread_.run([this] { server_.reset(); });
    thread_.stop();
    studio_->join();
    store_->join();
    studio_.reset();
    store_.reset();
    DatabaseTest::TearDown();
  }

  template <class T>
  T wait(asio::awaitable<T> work) {
    return asio::co_spawn(thread_.io(), std::move(work), asio::use_future).get();
  }

  asio::awaitable<Answer> ask(HttpClientRequest request) {
    const HttpEndpoint endpoint{socket_, "", 0};
    HttpClientLimits limits;
    limits.response_header = std::chrono::minutes(2);  // a town's table, on a machine that is busy
    Answer answer;
    auto response = co_await http_fetch(endpoint, std::move(request), limits);
    if (!response) {
      answer.text = response.error().words;
      co_return answer;
    }
    answer.status = response->status;
    answer.fields = response->fields;
    const HttpBodyPiece text = co_await read_whole_body(response->body, 4 << 20);
    answer.text = text.value_or("broken");
    boost::system::error_code ignored;
    answer.body = json::parse(answer.text, ignored);
    co_return answer;
  }
  static HttpClientRequest make(const Client& client, const std::string& method,
                                const std::string& target, const json::value& body) {
    HttpClientRequest request;
    request.method = method;
    request.target = target;
    if (client.gateway) {
      request.fields.set("X-Forwarded-For", client.address);
      request.fields.set("X-Forwarded-Proto", client.https ? "https" : "http");
      request.fields.set("X-Forwarded-Host", "node.example:8443");
    }
    if (!client.cookie.empty()) request.fields.set("Cookie", client.cookie);
    for (const auto& [name, value] : client.more)
      request.fields.set(name, value);
    if (!body.is_null()) {
      request.fields.set("Content-Type", "application/json");
      request.content = json::serialize(body);
    }
    return request;
  }
  Answer send(const Client& client, const std::string& method, const std::string& target,
              const json::value& body = nullptr) {
    return wait(ask(make(client, method, target, body)));
  }
  Answer post(const Client& client, const std::string& target, const json::value& body) {
    return send(client, "POST", target, body);
  }
  Answer get(const Client& client, const std::string& target) {
    return send(client, "GET", target);
  }
  static std::string token_of(const Answer& answer, const char* field = "link") {
    const std::string link(answer.body.at(field).as_string());
    return link.substr(link.find('#') + 1);
  }
  std::string first_token() {
    Client machine;
    machine.gateway = false;
    return token_of(post(machine, "/local/v1/first-link", json::object{}), "path");
  }
  // The administrator, signed in.
  Client administrator() {
    Client client;
    const Answer answer = post(client, "/api/v1/links/redeem",
                               {{"token", first_token()}, {"name", "li"}, {"password", kPassword}});
    EXPECT_EQ(answer.status, 200) << answer.text;
    client.cookie = answer.sign_in_cookie();
    return client;
  }
  Client somebody(const Client& administrator, const std::string& name, const std::string& role) {
    const Answer made = post(administrator, "/api/v1/accounts",
                             {{"name", name}, {"role", role}, {"password", kPassword}});
    EXPECT_EQ(made.status, 200) << made.text;
    Client client;
    client.cookie =
        post(client, "/api/v1/links/redeem", {{"token", token_of(made)}, {"password", kPassword}})
            .sign_in_cookie();
    return client;
  }
  json::value credentials(const std::string& name, const std::string& password = kPassword) {
    return {{"name", name}, {"password", password}};
  }

  // On the io thread.
  template <class Get>
  auto on_thread(Get get) {
    decltype(get()) got{};
    thread_.run([&] { got = get(); });
    return got;
  }
  std::string public_watch_key() {
    return on_thread([this] { return studio_->public_watch_key(); });
  }
  uint64_t hashes() {
    return on_thread([this] { return studio_->passwords().started(); });
  }
  uint64_t store_calls() {
    return on_thread([this] { return store_->calls(); });
  }

  // What servers outside answer; set before SetUp().
  WebFetch fetch_ = [](const WebRequest&) -> Result<WebAnswer> { return fail("nobody is asked"); };
  SlateChecker check_slate_;
  std::atomic<int> told_{0};  // of changed channels
  std::atomic<int64_t> now_ms_{kNow};
  std::string socket_;
  test::IoThread thread_;
  HttpRouter router_;
  std::unique_ptr<StoreThread> store_;
  std::unique_ptr<StudioApi> studio_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace longmen::test
