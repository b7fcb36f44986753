#include "net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/http_router.h"
#include "tests/net/loopback.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using test::IoThread;
using test::RawClient;
using test::status_of;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

// Counts down from three, a line a piece.
class Countdown : public HttpBody {
 public:
  asio::awaitable<HttpBodyPiece> read() override {
    if (left_ == 0) co_return std::string();
    co_return std::to_string(left_--) + "\n";
  }

 private:
  int left_ = 3;
};

class BrokenBody : public HttpBody {
 public:
  asio::awaitable<HttpBodyPiece> read() override {
    if (std::exchange(first_, false)) co_return std::string("half");
    co_return tl::unexpected(HttpProblem{500, "the disk is gone"});
  }

 private:
  bool first_ = true;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    limits_.goodbye = 200ms;
    add("/hello", "GET", [](HttpRequest) -> asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.content = "hello";
      co_return response;
    });
    add(
        "/echo", "POST",
        [](HttpRequest request) -> asio::awaitable<HttpResponse> {
          HttpResponse response;
          response.content = request.content;
          co_return response;
        },
        100'000);
    add("/where/*", "GET", [](HttpRequest request) -> asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.content = request.target.path;
      co_return response;
    });
    add("/count", "GET", [](HttpRequest) -> asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.stream = std::make_shared<Countdown>();
      co_return response;
    });
    add("/broken", "GET", [](HttpRequest) -> asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.stream = std::make_shared<BrokenBody>();
      co_return response;
    });
    add("/throws", "GET", [](HttpRequest) -> asio::awaitable<HttpResponse> {
      throw std::runtime_error("a mistake of ours");
      co_return HttpResponse{};
    });
    add("/large", "GET", [](HttpRequest) -> asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.content.assign(32 << 20, 'x');
      co_return response;
    });
    add("/slow", "GET", [this](HttpRequest) -> asio::awaitable<HttpResponse> {
      co_await wait_at_gate();
      HttpResponse response;
      response.content = "slow";
      co_return response;
    });
  }
  void TearDown() override {
    if (server_) thread_.run([this] { server_.reset(); });
    thread_.stop();
  }

  // Says that it waits, and does until somebody cancels `gate_`.
  asio::awaitable<void> wait_at_gate() {
    asio::steady_timer gate(thread_.io(), std::chrono::hours(1));
    gate_ = &gate;
    waiting_.set_value();
    boost::system::error_code opened;
    co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, opened));
  }

  void add(std::string pattern, std::string method, HttpHandlerOfRoute handler,
           size_t max_body_bytes = 0) {
    router_.add({std::move(pattern), std::move(method), std::move(handler), max_body_bytes, false});
  }

  void add_at_once(std::string pattern, HttpAtOnce at_once) {
    const auto handler = [](HttpRequest request) -> asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.content = "the handler: " + request.parameters[0];
      co_return response;
    };
    router_.add({std::move(pattern), "GET", handler, 0, false, std::move(at_once)});
  }

  void start() {
    auto listening = test::listen_on_loopback();
    port_ = listening.port;
    thread_.run([&] {
      HttpServerEvents events;
      events.answered = [this](const HttpAnswered& answered) {
        last_answer_ = std::string(answered.route) + " " + std::string(answered.method) + " " +
                       std::to_string(answered.status);
        EXPECT_EQ(answered.protocol, "http/1.1");
      };
      events.refused = [this](std::string_view limit) { last_refusal_ = std::string(limit); };
      server_ = std::make_unique<HttpServer>(
          thread_.io(), limits_,
          [this](HttpRequest request) { return router_.handle(std::move(request)); }, events,
          [this](HttpRequest& request) { return router_.answer_at_once(request); });
      ASSERT_TRUE(server_->listen(std::move(listening.socket)));
    });
  }
  std::string ask(std::string_view bytes) {
    RawClient client(port_);
    client.say(bytes);
    return client.read_response(bytes.starts_with("HEAD"));
  }
  std::string get(std::string_view target) {
    return ask("GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }

  HttpServerLimits limits_;
  HttpRouter router_;
  IoThread thread_;
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
  asio::steady_timer* gate_ = nullptr;
  std::promise<void> waiting_;
  std::string last_answer_;
  std::string last_refusal_;
};

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
  start();
  RawClient client(port_);
  for (int i = 0; i < 3; ++i) {
    client.say("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string response = client.read_response();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(response, HasSubstr("\r\nDate: "));
    EXPECT_THAT(response, ::testing::EndsWith("\r\n\r\nhello"));
  }
  thread_.run([this] {
    EXPECT_EQ(server_->connections(), 1u);
    EXPECT_EQ(last_answer_, "/hello GET 200");
  });
}

// The handler is asked for the rest: another method, a body, what is not known yet.
TEST_F(HttpServerTest, WhatIsKnownAtOnceIsAnsweredWithoutTheHandler) {
  add_at_once("/now/{what}", [](HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.parameters[0] == "later") return {};
    if (request.parameters[0] == "never") throw std::runtime_error("a fault of the test's");
    HttpResponse response;
    response.content = "at once: " + request.parameters[0];
    return response;
  });
  start();
  EXPECT_THAT(get("/now/this"), ::testing::EndsWith("\r\n\r\nat once: this"));
  thread_.run([this] { EXPECT_EQ(last_answer_, "/now/{what} GET 200"); });
  EXPECT_THAT(ask("HEAD /now/this HTTP/1.1\r\nHost: a\r\n\r\n"),
              HasSubstr("Content-Length: 13\r\n"));
  EXPECT_THAT(get("/now/later"), ::testing::EndsWith("\r\n\r\nthe handler: later"));
  EXPECT_THAT(get("/now/never"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(get("/now"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(ask("DELETE /now/this HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
  thread_.run([this] { EXPECT_EQ(last_answer_, "/now/{what} DELETE 405"); });
  EXPECT_THAT(ask("GET /now/this HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"),
              StartsWith("HTTP/1.1 413 "));
}

// Small, and more than a socket takes; and once nothing has come when it is looked for.
TEST_F(HttpServerTest, WhatIsHeldIsAnsweredBeforeItsHandlerGoesOn) {
  std::string there;
  std::shared_ptr<HttpAsker> asker;
  HttpRoute held{"/held", "GET", [&](HttpRequest request) -> asio::awaitable<HttpResponse> {
                   asker = request.asker;
                   co_await wait_at_gate();
                   HttpResponse response;
                   response.content = "the handler";
                   co_return response;
                 }};
  held.at_once = [&](HttpRequest&) -> std::optional<HttpResponse> {
    if (there.empty()) return {};
    HttpResponse response;
    response.status = 203;
    response.content = there;
    return response;
  };
  router_.add(std::move(held));
  start();
  RawClient client(port_);
  for (const std::string& coming :
       {std::string("early"), std::string(16 << 20, 'x'), std::string(), std::string("again")}) {
    waiting_ = std::promise<void>();
    there.clear();
    client.say("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
    waiting_.get_future().get();
    thread_.run([&] {
      there = coming;
      asker->answer_now();
      asker->answer_now();
    });
    const bool small = !coming.empty() && coming.size() < 100;
    std::string answer = small ? client.read_response() : "";
    thread_.run([&] { gate_->cancel(); });
    if (!small) answer = client.read_response();
    const std::string wanted = coming.empty() ? "the handler" : coming;
    EXPECT_THAT(answer, StartsWith(coming.empty() ? "HTTP/1.1 200 " : "HTTP/1.1 203 "));
    EXPECT_TRUE(answer.ends_with("\r\n\r\n" + wanted)) << answer.substr(0, 200);
  }
  client.say("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.read_response(), ::testing::EndsWith("\r\n\r\nhello"));
  thread_.run([&] { asker->answer_now(); });  // nobody asks any more
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  RawClient client(port_);
  client.say(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\noneGET /hello HTTP/1.1\r\n"
      "Host: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\nth\r\n3\r\nree\r\n0\r\n\r\nGET /where/x HTTP/1.1\r\nHost: a\r\nConnection: "
      "close\r\n\r\n");
  EXPECT_THAT(client.read_response(), HasSubstr("\r\n\r\none"));
  EXPECT_THAT(client.read_response(), HasSubstr("\r\n\r\nhello"));
  EXPECT_THAT(client.read_response(), HasSubstr("\r\n\r\nthree"));
  const std::string last = client.read_to_end();
  EXPECT_THAT(last, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(last, HasSubstr("\r\n\r\n/where/x"));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, ARequestMayComeByteByByte) {
  start();
  RawClient client(port_);
  const std::string request = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbyte";
  for (const char c : request)
    ASSERT_TRUE(client.say(std::string_view(&c, 1)));
  EXPECT_THAT(client.read_response(), HasSubstr("\r\n\r\nbyte"));
}

TEST_F(HttpServerTest, WhatIsMalformedGets4xxAsProblemAndTheConnectionEnds) {
  start();
  const std::vector<std::pair<std::string, int>> table{
      {"nonsense\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"GET hello HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /a%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
       "0\r\n\r\n",
       501},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"GET /hello HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", 417},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"GET /hello HTTP/1.1\r\nHost: a\r\nX: " + std::string(17'000, 'x') + "\r\n\r\n", 431},
      {"GET /hello HTTP/1.1\r\nHost: a\r\nX: " + std::string(90'000, 'x'), 431},
  };
  for (const auto& [request, status] : table) {
    RawClient client(port_);
    client.say(request);
    const std::string response = client.read_to_end();
    EXPECT_EQ(status_of(response), status) << request.substr(0, 200) << "\n" << response;
    EXPECT_THAT(response, HasSubstr("Content-Type: application/problem+json"));
    EXPECT_THAT(response, HasSubstr("Connection: close"));
    EXPECT_THAT(response, HasSubstr("\"status\":" + std::to_string(status)));
    EXPECT_TRUE(client.closed());
  }
  EXPECT_EQ(status_of(get("/hello")), 200);
}

TEST_F(HttpServerTest, NoPathLeavesTheRoot) {
  start();
  EXPECT_THAT(get("/where/../../../etc/passwd"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(get("/where/%2e%2e/%2E%2e/etc/passwd"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(get("/where/a/./b//c/../d"), HasSubstr("\r\n\r\n/where/a/b/d"));
  EXPECT_THAT(get("/where/..%5c..%5cetc"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(get("http://elsewhere/where/x"), HasSubstr("\r\n\r\n/where/x"));
}

TEST_F(HttpServerTest, HeadOptionsAndOtherMethods) {
  start();
  const std::string head = ask("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(head, ::testing::EndsWith("\r\n\r\n"));
  const std::string options = ask("OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(options), 204);
  EXPECT_THAT(options, HasSubstr("Allow: OPTIONS, GET, HEAD\r\n"));
  EXPECT_THAT(options, Not(HasSubstr("Content-Length")));
  EXPECT_EQ(status_of(ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")), 204);
  const std::string wrong = ask("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(wrong), 405);
  EXPECT_THAT(wrong, HasSubstr("Allow: OPTIONS, GET, HEAD\r\n"));
  EXPECT_EQ(status_of(ask("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n")), 501);
  EXPECT_EQ(status_of(get("/nowhere")), 404);
}

TEST_F(HttpServerTest, Http10ClosesUnlessAskedNotTo) {
  start();
  RawClient closes(port_);
  closes.say("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_THAT(closes.read_to_end(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(closes.closed());
  RawClient keeps(port_);
  keeps.say("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(keeps.read_response(), HasSubstr("Connection: keep-alive\r\n"));
  keeps.say("GET /count HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string counted = keeps.read_to_end();  // only the end of the connection ends it
  EXPECT_THAT(counted, Not(HasSubstr("chunked")));
  EXPECT_THAT(counted, ::testing::EndsWith("\r\n\r\n3\n2\n1\n"));
}

TEST_F(HttpServerTest, AStreamLeavesInChunks) {
  start();
  RawClient client(port_);
  client.say("GET /count HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.read_until("0\r\n\r\n"),
              ::testing::EndsWith("\r\n\r\n2\r\n3\n\r\n2\r\n2\n\r\n2\r\n1\n\r\n0\r\n\r\n"));
  client.say("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(client.read_response()), 200);
}

TEST_F(HttpServerTest, AStreamThatBreaksIsNotTakenForWhole) {
  start();
  RawClient client(port_);
  client.say("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string text = client.read_to_end();
  EXPECT_THAT(text, HasSubstr("half"));
  EXPECT_THAT(text, Not(HasSubstr("0\r\n\r\n")));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, AHandlerThatThrowsIs500AndHarmless) {
  start();
  const std::string response = get("/throws");
  EXPECT_EQ(status_of(response), 500);
  EXPECT_THAT(response, Not(HasSubstr("a mistake of ours")));
  EXPECT_EQ(status_of(get("/hello")), 200);
}

TEST_F(HttpServerTest, ABodyBeyondTheRoutesLimitIs413) {
  start();
  EXPECT_EQ(status_of(ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n")),
            413);
  EXPECT_EQ(status_of(ask("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "186a1\r\n" +
                          std::string(100'001, 'x') + "\r\n0\r\n\r\n")),
            413);
  const std::string whole = ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" +
                                std::string(100'000, 'x'));
  EXPECT_EQ(status_of(whole), 200);
  // The client that is still sending gets to read why.
  RawClient client(port_);
  client.say("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
  client.say(std::string(200'000, 'x'));
  EXPECT_EQ(status_of(client.read_to_end()), 413);
}

TEST_F(HttpServerTest, ContinueIsSentWhenTheBodyIsWantedAndOnlyThen) {
  start();
  RawClient client(port_);
  client.say("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.say("body");
  EXPECT_THAT(client.read_response(), HasSubstr("\r\n\r\nbody"));
  client.say(
      "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 999999\r\n\r\n");
  const std::string refused = client.read_to_end();
  EXPECT_EQ(status_of(refused), 413);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, ABodyThatMayOrMayNotComeEndsTheConnection) {
  start();
  RawClient client(port_);
  client.say(
      "POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  const std::string response = client.read_to_end();
  EXPECT_EQ(status_of(response), 404);
  EXPECT_THAT(response, HasSubstr("Connection: close"));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, ABodyThatNobodyWantedDoesNotSpoilTheNextRequest) {
  start();
  RawClient client(port_);
  client.say("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /");
  EXPECT_EQ(status_of(client.read_response()), 404);
  client.say("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(client.read_response()), 200);
}

TEST_F(HttpServerTest, AHeaderThatDribblesIsCutOff) {
  limits_.header = 150ms;
  start();
  RawClient silent(port_);
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_TRUE(silent.closed());
  RawClient client(port_);
  client.say("GET /hello HTTP/1.1\r\nHost: a\r\nX");
  EXPECT_EQ(status_of(client.read_to_end()), 408);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, ABodyThatDribblesIsCutOffHoweverSteadily) {
  limits_.body = 300ms;
  start();
  RawClient client(port_);
  client.say("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  std::atomic<bool> done{false};
  std::thread dribble([&] {
    while (!done && client.say("x"))
      std::this_thread::sleep_for(5ms);
  });
  EXPECT_EQ(status_of(client.read_response()), 408);
  done = true;
  dribble.join();
}

TEST_F(HttpServerTest, AnIdleConnectionIsEnded) {
  limits_.idle = 100ms;
  start();
  RawClient client(port_);
  client.say("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(client.read_response()), 200);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, AClientThatDoesNotReadIsCutOff) {
  limits_.write_step = 150ms;
  start();
  RawClient client(port_);
  client.say("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (thread_.run([this] { return last_answer_; }).empty() &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(thread_.run([this] { return last_answer_; }), "/large GET 200");
  EXPECT_LT(client.read_to_end().size(), size_t{32} << 20);
}

TEST_F(HttpServerTest, ConnectionsAreLimitedByAddressAndInAll) {
  limits_.connections_per_address = 2;
  start();
  RawClient one(port_), two(port_);
  for (RawClient* client : {&one, &two}) {
    client->say("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(client->read_response()), 200);
  }
  RawClient three(port_);
  EXPECT_EQ(status_of(three.read_to_end()), 503);
  EXPECT_EQ(thread_.run([this] { return last_refusal_; }), "address");
  thread_.run([this] {
    limits_.connections = 1;
    server_->set_limits(limits_);
  });
  RawClient four(port_);
  EXPECT_THAT(four.read_to_end(), HasSubstr("Retry-After: 5"));
  EXPECT_EQ(thread_.run([this] { return last_refusal_; }), "connections");
  one.say("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(one.read_response()), 200);
}

TEST_F(HttpServerTest, StoppingFinishesWhatRunsAndEndsWhatIdles) {
  start();
  RawClient idle(port_), busy(port_);
  idle.say("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(idle.read_response()), 200);
  busy.say("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  waiting_.get_future().wait();
  std::promise<void> stopped;
  thread_.run([&] { server_->stop(10s, [&] { stopped.set_value(); }); });
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_FALSE(RawClient(port_).connected());
  thread_.run([this] { gate_->cancel(); });
  const std::string response = busy.read_to_end();
  EXPECT_THAT(response, ::testing::EndsWith("\r\n\r\nslow"));
  EXPECT_THAT(response, HasSubstr("Connection: close"));
  EXPECT_EQ(stopped.get_future().wait_for(10s), std::future_status::ready);
}

TEST_F(HttpServerTest, StoppingHasAnEnd) {
  start();
  RawClient busy(port_);
  busy.say("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");  // and never reads
  EXPECT_THAT(busy.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  std::promise<void> stopped;
  thread_.run([&] { server_->stop(100ms, [&] { stopped.set_value(); }); });
  EXPECT_EQ(stopped.get_future().wait_for(10s), std::future_status::ready);
}

}  // namespace
}  // namespace longmen
