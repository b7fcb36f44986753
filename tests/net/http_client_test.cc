#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>

#include "net/http_router.h"
#include "net/http_server.h"
#include "tests/net/loopback.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using test::IoThread;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using Outcome = tl::expected<HttpClientResponse, HttpProblem>;

class Zeros : public HttpBody {
 public:
  explicit Zeros(size_t bytes) : left_(bytes) {}
  asio::awaitable<HttpBodyPiece> read() override {
    const size_t now = std::min<size_t>(left_, 50'000);
    left_ -= now;
    co_return std::string(now, '0');
  }

 private:
  size_t left_;
};

class HttpClientTest : public ::testing::Test {
 protected:
  void TearDown() override {
    if (server_) thread_.run([this] { server_.reset(); });
    thread_.stop();
  }
  void serve(UniqueFd socket) {
    router_.add({"/echo", "POST",
                 [](HttpRequest request) -> asio::awaitable<HttpResponse> {
                   HttpResponse response;
                   response.status = 201;
                   response.fields.set("X-Length", std::to_string(request.content.size()));
                   response.content = request.content;
                   co_return response;
                 },
                 1 << 20, false});
    router_.add({"/large", "GET", [](HttpRequest) -> asio::awaitable<HttpResponse> {
                   HttpResponse response;
                   response.stream = std::make_shared<Zeros>(3'000'000);
                   co_return response;
                 }});
    thread_.run([&] {
      server_ = std::make_unique<HttpServer>(
          thread_.io(), HttpServerLimits{},
          [this](HttpRequest request) { return router_.handle(std::move(request)); });
      ASSERT_TRUE(server_->listen(std::move(socket)));
    });
  }
  Outcome fetch(HttpEndpoint endpoint, HttpClientRequest request) {
    return asio::co_spawn(thread_.io(), http_fetch(endpoint, std::move(request), limits_),
                          asio::use_future)
        .get();
  }
  HttpBodyPiece whole(const HttpClientResponse& response, size_t limit = 10 << 20) {
    return asio::co_spawn(thread_.io(), read_whole_body(response.body, limit), asio::use_future)
        .get();
  }
  static HttpEndpoint at(uint16_t port) { return {"", "127.0.0.1", port}; }
  // A server that says what the test says, to whoever connects first.
  uint16_t say(std::string bytes) {
    auto listening = std::make_shared<test::Listening>(test::listen_on_loopback());
    const uint16_t port = listening->port;
    sayer_ = std::thread([listening, bytes = std::move(bytes)] {
      UniqueFd peer(::accept(listening->socket.get(), nullptr, nullptr));
      char request[4096];
      (void)::recv(peer.get(), request, sizeof request, 0);
      (void)::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ::shutdown(peer.get(), SHUT_WR);
      while (::recv(peer.get(), request, sizeof request, 0) > 0) {
      }
    });
    return port;
  }
  ~HttpClientTest() override {
    if (sayer_.joinable()) sayer_.join();
  }

  HttpClientLimits limits_;
  HttpRouter router_;
  IoThread thread_;
  std::unique_ptr<HttpServer> server_;
  std::thread sayer_;
};

TEST_F(HttpClientTest, AsksByTcpAndByUnixSocket) {
  auto listening = test::listen_on_loopback();
  const std::string name = "longmen-test-" + std::to_string(::getpid());
  serve(std::move(listening.socket));
  thread_.run([&] { ASSERT_TRUE(server_->listen(test::listen_on_abstract(name))); });
  for (const HttpEndpoint& endpoint : {at(listening.port), HttpEndpoint{name, "", 0}}) {
    HttpClientRequest request;
    request.method = "POST";
    request.target = "/echo";
    request.content = "hello";
    const Outcome response = fetch(endpoint, request);
    ASSERT_TRUE(response) << response.error().words;
    EXPECT_EQ(response->status, 201);
    EXPECT_EQ(response->fields.value("x-length"), "5");
    EXPECT_EQ(response->body_bytes, 5u);
    EXPECT_EQ(whole(*response), "hello");
  }
}

TEST_F(HttpClientTest, StreamsBothWays) {
  auto listening = test::listen_on_loopback();
  serve(std::move(listening.socket));
  HttpClientRequest up;
  up.method = "POST";
  up.target = "/echo";
  up.stream = std::make_shared<Zeros>(500'000);
  const Outcome echoed = fetch(at(listening.port), std::move(up));
  ASSERT_TRUE(echoed);
  EXPECT_EQ(whole(*echoed), std::string(500'000, '0'));
  HttpClientRequest down;
  down.target = "/large";
  const Outcome large = fetch(at(listening.port), down);
  ASSERT_TRUE(large);
  EXPECT_FALSE(large->body_bytes);
  EXPECT_EQ(whole(*large)->size(), 3'000'000u);
  EXPECT_EQ(whole(*fetch(at(listening.port), down), 1'000).error().status, 413);
}

TEST_F(HttpClientTest, ARefusalIsReadEvenWhenTheBodyWasNotTaken) {
  auto listening = test::listen_on_loopback();
  serve(std::move(listening.socket));
  HttpClientRequest request;
  request.method = "POST";
  request.target = "/echo";
  request.stream = std::make_shared<Zeros>(30'000'000);
  request.stream_bytes = 30'000'000;
  const Outcome response = fetch(at(listening.port), std::move(request));
  ASSERT_TRUE(response) << response.error().words;
  EXPECT_EQ(response->status, 413);
}

TEST_F(HttpClientTest, NobodyThere) {
  const uint16_t free_port = test::listen_on_loopback().port;
  EXPECT_EQ(fetch(at(free_port), {}).error().status, 502);
  EXPECT_EQ(fetch({"longmen-test-nobody", "", 0}, {}).error().status, 502);
  EXPECT_EQ(fetch({std::string(200, 'x'), "", 0}, {}).error().status, 502);
  EXPECT_EQ(fetch({"", "not an address", 1}, {}).error().status, 502);
}

TEST_F(HttpClientTest, NoAnswerInTime) {
  auto silent = test::listen_on_loopback();  // its backlog takes the connection
  limits_.response_header = 100ms;
  EXPECT_EQ(fetch(at(silent.port), {}).error().status, 504);
}

TEST_F(HttpClientTest, AnswersThatAreNotHttp) {
  EXPECT_EQ(fetch(at(say("SSH-2.0-hello\r\n")), {}).error().status, 502);
}

TEST_F(HttpClientTest, AnEmptyAnswer) {
  EXPECT_EQ(fetch(at(say("")), {}).error().status, 502);
}

TEST_F(HttpClientTest, ABodyThatEndsEarlyIsAnError) {
  const Outcome response = fetch(at(say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")), {});
  ASSERT_TRUE(response);
  EXPECT_FALSE(whole(*response));
}

TEST_F(HttpClientTest, ABodyWithoutLengthEndsWithTheConnection) {
  const Outcome response = fetch(at(say("HTTP/1.1 200 OK\r\n\r\neverything")), {});
  ASSERT_TRUE(response);
  EXPECT_EQ(whole(*response), "everything");
}

TEST_F(HttpClientTest, HeadHasALengthAndNoBody) {
  HttpClientRequest request;
  request.method = "HEAD";
  const Outcome response =
      fetch(at(say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")), std::move(request));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body_bytes, 9u);
  EXPECT_EQ(response->body, nullptr);
}

TEST_F(HttpClientTest, AHeaderWithoutEnd) {
  EXPECT_EQ(fetch(at(say("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'))), {}).error().status,
            502);
}

}  // namespace
}  // namespace longmen
