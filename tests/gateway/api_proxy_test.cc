#include "gateway/api_proxy.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/http_server.h"
#include "tests/net/loopback.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using test::IoThread;
using test::RawClient;
using test::status_of;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class Pieces : public HttpBody {
 public:
  asio::awaitable<HttpBodyPiece> read() override {
    if (left_ == 0) co_return std::string();
    co_return std::string(10'000, static_cast<char>('a' + --left_));
  }

 private:
  int left_ = 20;
};

class ApiProxyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto listening = test::listen_on_loopback();
    port_ = listening.port;
    HttpClientLimits limits = ApiProxy::default_limits();
    limits.response_header = 300ms;
    thread_.run([&] {
      proxy_ = std::make_unique<ApiProxy>(thread_.io(), limits, 60s);
      proxy_->set_socket(name_);
      proxy_->add_routes(router_);
      gateway_ = std::make_unique<HttpServer>(
          thread_.io(), HttpServerLimits{},
          [this](HttpRequest request) { return router_.handle(std::move(request)); });
      ASSERT_TRUE(gateway_->listen(std::move(listening.socket)));
    });
  }
  void TearDown() override {
    thread_.run([this] {
      gateway_.reset();
      control_.reset();
    });
    thread_.stop();
  }
  void start_control(HttpHandler handler) {
    thread_.run([&] {
      control_ = std::make_unique<HttpServer>(thread_.io(), HttpServerLimits{}, std::move(handler));
      ASSERT_TRUE(control_->listen(test::listen_on_abstract(name_)));
    });
  }
  std::string ask(std::string_view text) {
    thread_.meet();
    RawClient client(port_);
    client.say(text);
    std::string response = client.read_response(text.starts_with("HEAD"));
    thread_.meet();
    return response;
  }

  const std::string name_ = "longmen-test-proxy-" + std::to_string(::getpid());
  IoThread thread_;
  HttpRouter router_;
  std::unique_ptr<ApiProxy> proxy_;
  std::unique_ptr<HttpServer> gateway_;
  std::unique_ptr<HttpServer> control_;
  uint16_t port_ = 0;
};

// What anybody may know is read whole, so that it can be told to several; what is somebody's goes
// by.
TEST_F(ApiProxyTest, WhatIsForAllAndWhatIsForOneHaveTheSameAnswer) {
  start_control([&](HttpRequest request) -> asio::awaitable<HttpResponse> {
    HttpResponse response;
    response.fields.set("Cache-Control", "no-cache");
    if (request.target.query_value("broken") == "1")
      response.status = 400;
    else
      response.stream = std::make_shared<Pieces>();
    co_return response;
  });
  std::vector<std::string> bodies;
  for (const char* cookie : {"", "Cookie: longmen=1\r\n"}) {
    RawClient client(port_);
    client.say(fmt::format("GET /api/v1/recordings HTTP/1.0\r\nHost: a\r\n{}\r\n", cookie));
    const std::string response = client.read_to_end();
    EXPECT_THAT(response, HasSubstr("Cache-Control: no-cache\r\n"));
    bodies.push_back(response.substr(response.find("\r\n\r\n")));
  }
  EXPECT_EQ(bodies[0].size(), 4 + 20 * 10'000U);
  EXPECT_TRUE(bodies[0] == bodies[1]);
  EXPECT_EQ(status_of(ask("GET /api/v1/recordings?broken=1 HTTP/1.1\r\nHost: a\r\n\r\n")), 400);
}

TEST_F(ApiProxyTest, PassesRequestAndResponseOn) {
  std::string seen;
  start_control([&](HttpRequest request) -> asio::awaitable<HttpResponse> {
    auto content = co_await read_whole_body(request.body, 1 << 20);
    seen = request.method + " " + request.target.origin_form() + "\n";
    for (const auto& field : request.fields)
      seen.append(field.name).append(": ").append(field.value).append("\n");
    seen += "\n" + content.value_or("broken");
    HttpResponse response;
    response.status = 418;
    response.fields.set("X-Answer", "42");
    response.fields.set("Keep-Alive", "timeout=5");
    response.content = "body";
    co_return response;
  });
  const std::string response =
      ask("PUT /x/../api/v1/a%20b/?q=%41 HTTP/1.1\r\nHost: node.example:8080\r\nX-Forwarded-For: "
          "1.2.3.4\r\n"
          "X-Real-IP: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\nConnection: keep-alive, x-hop\r\nX-Hop: "
          "1\r\n"
          "TE: trailers\r\nX-End: 2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(status_of(response), 418);
  EXPECT_THAT(response, HasSubstr("X-Answer: 42\r\n"));
  EXPECT_THAT(response, Not(HasSubstr("Keep-Alive")));
  EXPECT_THAT(response, Not(HasSubstr("Connection: close")));
  EXPECT_THAT(response, ::testing::EndsWith("\r\n\r\nbody"));
  EXPECT_THAT(seen, ::testing::StartsWith("PUT /api/v1/a%20b/?q=%41\n"));
  EXPECT_THAT(seen, HasSubstr("Host: node.example:8080\n"));
  EXPECT_THAT(seen, HasSubstr("X-Forwarded-For: 127.0.0.1\n"));
  EXPECT_THAT(seen, HasSubstr("X-Forwarded-Proto: http\n"));
  EXPECT_THAT(seen, HasSubstr("X-Forwarded-Host: node.example:8080\n"));
  EXPECT_THAT(seen, HasSubstr("X-End: 2\n"));
  EXPECT_THAT(seen, Not(HasSubstr("1.2.3.4")));
  EXPECT_THAT(seen, Not(HasSubstr("X-Hop")));
  EXPECT_THAT(seen, Not(HasSubstr("trailers")));
  EXPECT_THAT(seen, ::testing::EndsWith("\n\nhello"));
}

TEST_F(ApiProxyTest, LargeResponsesFlowAndHeadKeepsItsLength) {
  start_control([](HttpRequest request) -> asio::awaitable<HttpResponse> {
    HttpResponse response;
    if (request.target.path == "/api/chunked") {
      response.stream = std::make_shared<Pieces>();
    } else {
      response.content.assign(200'000, 'x');
    }
    co_return response;
  });
  EXPECT_EQ(ask("GET /api/whole HTTP/1.1\r\nHost: a\r\n\r\n").size() > 200'000, true);
  EXPECT_THAT(ask("HEAD /api/whole HTTP/1.1\r\nHost: a\r\n\r\n"),
              HasSubstr("Content-Length: 200000\r\n"));
  RawClient client(port_);
  client.say("GET /api/chunked HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string chunked = client.read_until("\r\n0\r\n\r\n");
  EXPECT_THAT(chunked, HasSubstr("Transfer-Encoding: chunked"));
  for (char c = 'a'; c < 'a' + 20; ++c)
    EXPECT_EQ(std::count(chunked.begin() + static_cast<long>(chunked.find("\r\n\r\n")),
                         chunked.end(), c) >= 10'000,
              true)
        << c;
}

TEST_F(ApiProxyTest, ControlAwayIs503AndBackIsBack) {
  const std::string request = "GET /api/v1/node HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string away = ask(request);
  EXPECT_EQ(status_of(away), 503);
  EXPECT_THAT(away, HasSubstr("Retry-After: 2\r\n"));
  EXPECT_THAT(away, HasSubstr("application/problem+json"));
  start_control([](HttpRequest) -> asio::awaitable<HttpResponse> { co_return HttpResponse{}; });
  EXPECT_EQ(status_of(ask(request)), 200);
}

TEST_F(ApiProxyTest, ControlThatStartsAnewKeepsConnectionsWaitingNotForever) {
  const UniqueFd backlog = test::listen_on_abstract(name_);
  const std::string silent = ask("GET /api/v1/node HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(silent), 503);
  EXPECT_THAT(silent, HasSubstr("Retry-After"));
}

// Control that answers nothing until somebody else was given up on.
TEST_F(ApiProxyTest, APasswordMayTakeLongerToBeHashedThanAnythingElse) {
  std::vector<std::shared_ptr<asio::steady_timer>> held;
  start_control([&](HttpRequest) -> asio::awaitable<HttpResponse> {
    const auto timer = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor,
                                                            asio::steady_timer::time_point::max());
    held.push_back(timer);
    boost::system::error_code woken;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, woken));
    co_return HttpResponse{};
  });
  std::vector<std::unique_ptr<RawClient>> waiting;
  for (const char* path : {"POST /api/v1/sign-in", "POST /api/v1/links/redeem",
                           "POST /api/v1/me/password", "PATCH /api/v1/accounts/07"}) {
    waiting.push_back(std::make_unique<RawClient>(port_));
    waiting.back()->say(std::string(path) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  }
  EXPECT_EQ(status_of(ask("GET /api/v1/accounts HTTP/1.1\r\nHost: a\r\n\r\n")), 503);
  EXPECT_EQ(status_of(ask("POST /api/v1/sign-out HTTP/1.1\r\nHost: a\r\n\r\n")), 503);
  for (size_t seen = 0; seen < waiting.size() + 2;)
    thread_.run([&] { seen = held.size(); });
  thread_.run([&] {
    for (const auto& timer : held)
      timer->cancel();
  });
  for (const auto& client : waiting)
    EXPECT_EQ(status_of(client->read_response(false)), 200);
}

TEST_F(ApiProxyTest, ControlThatDiesDuringAResponseCutsItShort) {
  start_control([this](HttpRequest) -> asio::awaitable<HttpResponse> {
    class Dies : public HttpBody {
     public:
      explicit Dies(ApiProxyTest& test) : test_(test) {}
      asio::awaitable<HttpBodyPiece> read() override {
        if (std::exchange(first_, false)) co_return std::string("half of it");
        co_return tl::unexpected(HttpProblem{500, "killed"});
      }

     private:
      ApiProxyTest& test_;
      bool first_ = true;
    };
    HttpResponse response;
    response.stream = std::make_shared<Dies>(*this);
    response.stream_bytes = 1000;
    co_return response;
  });
  RawClient client(port_);
  client.say("GET /api/v1/node HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), ::testing::EndsWith("half of it"));
  EXPECT_TRUE(client.closed());
}

TEST_F(ApiProxyTest, BodiesAreBoundedHoweverTheyCome) {
  start_control([](HttpRequest request) -> asio::awaitable<HttpResponse> {
    auto content = co_await read_whole_body(request.body, 100 << 20);
    if (!content) co_return http_problem(content.error());
    co_return HttpResponse{};
  });
  EXPECT_EQ(status_of(ask("POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n")),
            413);
  const std::string body(ApiProxy::kMaxBodyBytes + 1, 'x');
  EXPECT_EQ(status_of(ask("POST /api/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "100001\r\n" +
                          body + "\r\n0\r\n\r\n")),
            413);
  EXPECT_EQ(status_of(ask("POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" +
                          body.substr(1))),
            200);
  const std::string table = "POST /api/v1/sites/import HTTP/1.1\r\nHost: a\r\nContent-Length: ";
  EXPECT_EQ(status_of(ask(table + "1048577\r\n\r\n" + body)), 200) << "a town's table";
  EXPECT_EQ(status_of(ask(table + "4194305\r\n\r\n")), 413);
  const std::string slate =
      "POST /api/v1/channels/main/slates?name=a HTTP/1.1\r\nHost: a\r\nContent-Length: ";
  EXPECT_EQ(status_of(ask(slate + "4194305\r\n\r\n" + std::string(4'194'305, 'x'))), 200);
  EXPECT_EQ(status_of(ask(slate + "268435457\r\n\r\n")), 413);
}

}  // namespace
}  // namespace longmen
