// HTTP/2 at the server's own socket, beside what http2_session_test.cc shows without one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

#include "net/http_router.h"
#include "net/http_server.h"
#include "tests/net/http2_client.h"
#include "tests/net/loopback.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using test::Http2Client;
using test::IoThread;
using test::RawClient;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace std::chrono_literals;

// As large as it was asked for, in pieces; counts those that were read.
class LargeBody : public HttpBody {
 public:
  LargeBody(size_t bytes, size_t& pieces) : left_(bytes), pieces_(pieces) {}
  asio::awaitable<HttpBodyPiece> read() override {
    const size_t count = std::min(left_, kMaxBodyPieceBytes);
    left_ -= count;
    ++pieces_;
    co_return std::string(count, 'x');
  }

 private:
  size_t left_;
  size_t& pieces_;
};

// Has nothing to say until it is cancelled.
class SilentBody : public HttpBody {
 public:
  SilentBody(asio::io_context& io, std::list<asio::steady_timer*>& gates, size_t& let_go)
      : gate_(io, std::chrono::hours(1)), gates_(gates), let_go_(let_go) {}
  asio::awaitable<HttpBodyPiece> read() override {
    const auto place = gates_.insert(gates_.end(), &gate_);
    boost::system::error_code opened;
    co_await gate_.async_wait(asio::redirect_error(asio::use_awaitable, opened));
    gates_.erase(place);
    co_return tl::unexpected(HttpProblem{500, "cancelled"});
  }
  void cancel() override {
    ++let_go_;
    gate_.cancel();
  }

 private:
  asio::steady_timer gate_;
  std::list<asio::steady_timer*>& gates_;
  size_t& let_go_;
};

// A connection by prior knowledge.
class Visitor {
 public:
  explicit Visitor(uint16_t port, bool greedy = true, uint32_t window_bytes = 65535)
      : socket_(port), client_(greedy, window_bytes) {}
  Http2Client& operator*() { return client_; }
  Http2Client* operator->() { return &client_; }

  // Talks until it is so; false: the connection has ended, or the patience is over.
  template <class Question>
  bool until(Question question) {
    for (;;) {
      socket_.say(client_.output());
      if (question()) return true;
      char buffer[16384];
      const ssize_t got = ::recv(socket_.descriptor(), buffer, sizeof buffer, 0);
      if (got <= 0) {
        closed_ = got == 0 || errno == ECONNRESET;
        return false;
      }
      client_.receive({buffer, static_cast<size_t>(got)});
    }
  }
  const Http2Client::Answer& finish(int32_t stream) {
    EXPECT_TRUE(until([&] { return client_.answer(stream).closed; }));
    return client_.answer(stream);
  }
  bool until_closed() {
    until([] { return false; });
    return closed_;
  }

 private:
  RawClient socket_;
  Http2Client client_;
  bool closed_ = false;
};

class Http2ServerTest : public ::testing::Test {
 protected:
  static constexpr size_t kLargeBytes = 4 << 20;
  static constexpr size_t kHugeBytes = 128 << 20;  // more than sockets hold

  void SetUp() override {
    limits_.goodbye = 200ms;
    add("/hello", "GET", [](HttpRequest request) -> asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.content = "hello " + request.client_address;
      response.fields.set("Connection", "close");
      co_return response;
    });
    add("/echo", "POST", [](HttpRequest request) -> asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.content = request.content;
      co_return response;
    });
    add("/large", "GET", [this](HttpRequest) -> asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.stream = std::make_shared<LargeBody>(kLargeBytes, pieces_);
      response.stream_bytes = kLargeBytes;
      co_return response;
    });
    add("/huge", "GET", [this](HttpRequest) -> asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.stream = std::make_shared<LargeBody>(kHugeBytes, pieces_);
      co_return response;
    });
    add("/short", "GET", [this](HttpRequest) -> asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.stream = std::make_shared<LargeBody>(100, pieces_);
      response.stream_bytes = 101;
      co_return response;
    });
    add("/throws", "GET", [](HttpRequest) -> asio::awaitable<HttpResponse> {
      throw std::runtime_error("a mistake of ours");
      co_return HttpResponse{};
    });
    add("/silent", "GET", [this](HttpRequest) -> asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.stream = std::make_shared<SilentBody>(thread_.io(), gates_, let_go_);
      co_return response;
    });
    // Answers when the test opens the gate, or nobody waits any more.
    add("/held", "GET", [this](HttpRequest request) -> asio::awaitable<HttpResponse> {
      asio::steady_timer gate(thread_.io(), std::chrono::hours(1));
      const auto place = gates_.insert(gates_.end(), &gate);
      request.asker->when_gone([&gate] { gate.cancel(); });
      boost::system::error_code opened;
      co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, opened));
      request.asker->when_gone(nullptr);
      gates_.erase(place);
      if (request.asker->is_gone()) ++let_go_;
      HttpResponse response;
      response.content = "held";
      co_return response;
    });
  }
  void TearDown() override {
    if (server_) thread_.run([this] { server_.reset(); });
    thread_.stop();
  }

  void add(std::string pattern, std::string method, HttpHandlerOfRoute handler) {
    router_.add({std::move(pattern), std::move(method), std::move(handler), 100'000, false});
  }
  void start() {
    auto listening = test::listen_on_loopback();
    port_ = listening.port;
    thread_.run([&] {
      HttpServerEvents events;
      events.answered = [this](const HttpAnswered& answered) {
        answers_.push_back(std::string(answered.protocol) + " " + std::string(answered.route) +
                           " " + std::to_string(answered.status));
      };
      server_ = std::make_unique<HttpServer>(
          thread_.io(), limits_,
          [this](HttpRequest request) { return router_.handle(std::move(request)); }, events,
          [this](HttpRequest& request) { return router_.answer_at_once(request); });
      ASSERT_TRUE(server_->listen(std::move(listening.socket)));
    });
  }
  // Until it is so on the server's thread.
  template <class Question>
  void await(Question question) {
    const auto patience = std::chrono::steady_clock::now() + 30s;
    while (!thread_.run(question)) {
      ASSERT_LT(std::chrono::steady_clock::now(), patience);
      std::this_thread::yield();
    }
  }
  void open_gates() {
    thread_.run([this] {
      for (asio::steady_timer* gate : gates_)
        gate->cancel();
    });
  }

  HttpServerLimits limits_;
  HttpRouter router_;
  IoThread thread_;
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
  std::list<asio::steady_timer*> gates_;
  size_t let_go_ = 0;
  size_t pieces_ = 0;
  std::vector<std::string> answers_;
};

TEST_F(Http2ServerTest, AnswersLikeHttp11) {
  HttpRoute now{"/now", "GET",
                [](HttpRequest) -> asio::awaitable<HttpResponse> { co_return HttpResponse{}; }};
  now.at_once = [](HttpRequest& request) -> std::optional<HttpResponse> {
    HttpResponse response;
    response.content = "at once by " + request.method;
    return response;
  };
  router_.add(std::move(now));
  start();
  Visitor visitor(port_);
  const int32_t hello = visitor->get("/hello");
  const auto& answer = visitor.finish(hello);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello 127.0.0.1");
  EXPECT_EQ(answer.fields.at("content-length"), "15");
  EXPECT_TRUE(answer.fields.contains("date"));
  EXPECT_FALSE(answer.fields.contains("connection"));
  EXPECT_EQ(visitor.finish(visitor->get("/now")).body, "at once by GET");
  EXPECT_EQ(visitor.finish(visitor->get("/nowhere")).status, 404);
  EXPECT_EQ(visitor.finish(visitor->get("/throws")).status, 500);
  EXPECT_EQ(visitor.finish(visitor->get("/echo")).status, 405);
  const auto& head = visitor.finish(visitor->ask("HEAD", "/hello", {}, nullptr));
  EXPECT_EQ(head.fields.at("content-length"), "15");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(visitor.finish(visitor->ask("OPTIONS", "/hello", {}, nullptr)).status, 204);
  thread_.run([this] {
    EXPECT_EQ(answers_.front(), "h2 /hello 200");
    EXPECT_EQ(server_->connections(), 1u);
  });
}

TEST_F(Http2ServerTest, WhatIsHeldIsAnsweredBeforeItsHandlerGoesOn) {
  bool there = false;
  std::vector<std::shared_ptr<HttpAsker>> askers;
  HttpRoute route{"/held/{what}", "GET", [&](HttpRequest request) -> asio::awaitable<HttpResponse> {
                    askers.push_back(request.asker);
                    asio::steady_timer gate(thread_.io(), std::chrono::hours(1));
                    const auto place = gates_.insert(gates_.end(), &gate);
                    boost::system::error_code opened;
                    co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, opened));
                    gates_.erase(place);
                    HttpResponse response;
                    response.content = "the handler";
                    co_return response;
                  }};
  route.at_once = [&](HttpRequest& request) -> std::optional<HttpResponse> {
    if (!there || request.parameters[0] == "never") return {};
    HttpResponse response;
    response.content = std::string(100'000, request.parameters[0][0]);
    return response;
  };
  router_.add(std::move(route));
  start();
  Visitor visitor(port_);
  const int32_t a = visitor->get("/held/a"), b = visitor->get("/held/b"),
                never = visitor->get("/held/never");
  visitor.until([] { return true; });
  await([&] { return askers.size() == 3; });
  thread_.run([&] {
    there = true;
    for (int twice = 0; twice < 2; ++twice)
      for (const auto& asker : askers)
        asker->answer_now();
  });
  EXPECT_EQ(visitor.finish(b).body, std::string(100'000, 'b'));
  EXPECT_EQ(visitor.finish(a).body, std::string(100'000, 'a'));
  EXPECT_EQ(thread_.run([&] { return gates_.size(); }), 3U);
  open_gates();
  EXPECT_EQ(visitor.finish(never).body, "the handler");
  thread_.run([&] { EXPECT_EQ(answers_.size(), 3U); });
}

TEST_F(Http2ServerTest, Http11IsSpokenAtTheSamePort) {
  start();
  Visitor visitor(port_);
  EXPECT_EQ(visitor.finish(visitor->get("/hello")).status, 200);
  RawClient old(port_);
  old.say("P");  // it may be either yet
  old.say("OST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_THAT(old.read_response(), HasSubstr("\r\n\r\nbody"));
  RawClient close(port_);
  close.say("PRI * HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(test::status_of(close.read_response()), 400);
}

TEST_F(Http2ServerTest, BodiesOfRequestsAreBoundedAsWithHttp11) {
  start();
  Visitor visitor(port_);
  const std::string fits(100'000, 'x'), large(200'000, 'x');
  EXPECT_EQ(visitor.finish(visitor->post("/echo", fits)).body, fits);
  EXPECT_EQ(visitor.finish(visitor->post("/echo", large)).status, 413);
  EXPECT_EQ(visitor.finish(visitor->post("/echo", large, {{"content-length", "200000"}})).status,
            413);
  EXPECT_EQ(visitor.finish(visitor->get("/hello")).status, 200);
}

TEST_F(Http2ServerTest, ManyAreHeldBesideEachOther) {
  start();
  Visitor visitor(port_);
  std::vector<int32_t> held;
  for (int i = 0; i < 100; ++i)
    held.push_back(visitor->get("/held"));
  EXPECT_EQ(visitor.finish(visitor->get("/hello")).status, 200);
  await([this] { return gates_.size() == 100; });
  open_gates();
  for (const int32_t stream : held)
    EXPECT_EQ(visitor.finish(stream).body, "held");
}

TEST_F(Http2ServerTest, WhoLeavesIsNotWaitedFor) {
  start();
  Visitor visitor(port_);
  const int32_t held = visitor->get("/held");
  EXPECT_EQ(visitor.finish(visitor->get("/hello")).status, 200);
  await([this] { return gates_.size() == 1; });
  visitor->reset(held);
  EXPECT_EQ(visitor.finish(visitor->get("/hello")).status, 200);
  await([this] { return let_go_ == 1; });
  {
    Visitor brief(port_);
    for (int i = 0; i < 10; ++i)
      brief->get("/held");
    EXPECT_EQ(brief.finish(brief->get("/hello")).status, 200);
    await([this] { return gates_.size() == 10; });
  }
  await([this] { return let_go_ == 11 && server_->connections() == 1; });
  thread_.run([this] {
    for (const std::string& answer : answers_)
      EXPECT_EQ(answer, "h2 /hello 200");  // nothing was answered to who was gone
  });
}

TEST_F(Http2ServerTest, WhoLeavesEndsABodyThatWaits) {
  start();
  Visitor visitor(port_);
  const int32_t silent = visitor->get("/silent");
  EXPECT_TRUE(visitor.until([&] { return visitor->answer(silent).status == 200; }));
  await([this] { return gates_.size() == 1; });
  visitor->reset(silent);
  EXPECT_EQ(visitor.finish(visitor->get("/hello")).status, 200);
  await([this] { return gates_.empty() && let_go_ == 1; });
}

TEST_F(Http2ServerTest, ALargeBodyComesWhole) {
  start();
  Visitor visitor(port_);
  const auto& answer = visitor.finish(visitor->get("/large"));
  EXPECT_EQ(answer.body, std::string(kLargeBytes, 'x'));
  EXPECT_EQ(answer.error, NGHTTP2_NO_ERROR);
  const auto& cut = visitor.finish(visitor->get("/short"));
  EXPECT_EQ(cut.error, NGHTTP2_INTERNAL_ERROR);  // shorter than was said
}

TEST_F(Http2ServerTest, WhoOpensNoWindowCostsAPieceAndIsCutOffAlone) {
  limits_.write_step = 300ms;
  start();
  Visitor visitor(port_, false);
  const int32_t large = visitor->get("/large");
  const int32_t held = visitor->get("/held");
  EXPECT_TRUE(visitor.until([&] { return visitor->answer(large).body.size() == 65535; }));
  EXPECT_EQ(visitor.finish(large).error, NGHTTP2_CANCEL);
  thread_.run([this] { EXPECT_LE(pieces_, 2u); });
  visitor->consume(large, 65535);
  open_gates();
  EXPECT_EQ(visitor.finish(held).body, "held");
}

TEST_F(Http2ServerTest, WhoDoesNotReadTheSocketIsCutOff) {
  limits_.write_step = 200ms;
  start();
  RawClient deaf(port_);
  Http2Client client(true, 1 << 30);
  client.get("/huge");
  // WINDOW_UPDATE of the connection: all that is asked for could be sent.
  const std::string opened("\0\0\4\x8\0\0\0\0\0\x3f\0\0\0", 13);
  deaf.say(client.output() + opened);
  await([this] { return answers_.size() == 1; });
  await([this] { return server_->connections() == 0; });
  thread_.run([this] { EXPECT_LT(pieces_, kHugeBytes / kMaxBodyPieceBytes); });
}

TEST_F(Http2ServerTest, RapidResetsEndTheConnection) {
  start();
  Visitor visitor(port_);
  EXPECT_EQ(visitor.finish(visitor->get("/hello")).status, 200);
  for (int i = 0; i < 10'000; ++i) {
    const int32_t stream = visitor->get("/held");
    if (!visitor.until([] { return true; })) break;  // sends
    visitor->reset(stream);
  }
  EXPECT_TRUE(visitor.until_closed());
  for (const auto& [stream, error] : visitor->goaways())
    EXPECT_EQ(error, NGHTTP2_ENHANCE_YOUR_CALM);
  await([this] { return gates_.empty() && server_->connections() == 0; });
}

TEST_F(Http2ServerTest, AnIdleConnectionIsEndedWithWords) {
  limits_.idle = 100ms;
  start();
  Visitor visitor(port_);
  EXPECT_EQ(visitor.finish(visitor->get("/hello")).status, 200);
  EXPECT_TRUE(visitor.until_closed());
  ASSERT_THAT(visitor->goaways(), SizeIs(1));
  EXPECT_EQ(visitor->goaways().front().second, NGHTTP2_NO_ERROR);
  await([this] { return server_->connections() == 0; });
}

TEST_F(Http2ServerTest, StoppingFinishesWhatRunsAndEndsWhatIdles) {
  start();
  Visitor idle(port_), busy(port_);
  EXPECT_EQ(idle.finish(idle->get("/hello")).status, 200);
  const int32_t held = busy->get("/held");
  EXPECT_EQ(busy.finish(busy->get("/hello")).status, 200);
  await([this] { return gates_.size() == 1; });
  std::promise<void> stopped;
  thread_.run([&] { server_->stop(10s, [&] { stopped.set_value(); }); });
  EXPECT_TRUE(idle.until_closed());
  EXPECT_FALSE(idle->goaways().empty());
  open_gates();
  EXPECT_EQ(busy.finish(held).body, "held");
  EXPECT_TRUE(busy.until_closed());
  EXPECT_EQ(stopped.get_future().wait_for(10s), std::future_status::ready);
}

}  // namespace
}  // namespace longmen
