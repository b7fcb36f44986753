// Bodies that leave from mapped files (net/mapped_file.h), and large ones from memory.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <fstream>

#include "net/http_server.h"
#include "net/mapped_file.h"
#include "tests/net/loopback.h"
#include "tests/support/numbered_text.h"
#include "tests/support/temporary_folder.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using test::IoThread;
using test::RawClient;
using namespace std::chrono_literals;

constexpr size_t kFileBytes = 3 << 20;

// Ranges, then a text that must be read.
class FilesThenText : public HttpBody {
 public:
  FilesThenText(std::vector<std::vector<MappedBytes>> files, std::string text)
      : files_(std::move(files)), text_(std::move(text)) {}
  asio::awaitable<HttpBodyPiece> read() override {
    EXPECT_TRUE(files_.empty());
    co_await asio::post(asio::use_awaitable);
    co_return std::exchange(text_, {});
  }
  std::vector<MappedBytes> take_mapped() override {
    if (files_.empty()) return {};
    std::vector<MappedBytes> next = std::move(files_.front());
    files_.erase(files_.begin());
    return next;
  }

 private:
  std::vector<std::vector<MappedBytes>> files_;
  std::string text_;
};

class HttpFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(path()) << content_;
    file_ = std::make_shared<MappedFile>(UniqueFd(::open(path().c_str(), O_RDONLY | O_CLOEXEC)));
    ASSERT_TRUE(*file_);
  }
  void TearDown() override {
    thread_.run([this] { server_.reset(); });
    thread_.stop();
  }
  std::string path() const { return (folder_.path() / "file").string(); }
  MappedBytes range(uint64_t offset, uint64_t bytes) const {
    return {file_->bytes(offset, bytes), file_};
  }
  SharedBytes shared(size_t offset, size_t bytes) const {
    const auto text = std::string_view(content_).substr(offset, bytes);
    return std::make_shared<const Bytes>(text.begin(), text.end());
  }

  void start(HttpHandler handler) {
    auto listening = test::listen_on_loopback();
    port_ = listening.port;
    thread_.run([&] {
      HttpServerLimits limits;
      limits.goodbye = 200ms;
      limits.write_step = 2s;
      server_ = std::make_unique<HttpServer>(thread_.io(), limits, std::move(handler));
      ASSERT_TRUE(server_->listen(std::move(listening.socket)));
    });
  }
  // The content of both of two answers on one connection.
  std::string get_twice() {
    RawClient client(port_);
    std::string contents;
    for (int i = 0; i < 2; ++i) {
      client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      const std::string answer = client.read_response();
      EXPECT_THAT(answer, ::testing::StartsWith("HTTP/1.1 200 OK\r\n"));
      contents += answer.substr(answer.find("\r\n\r\n") + 4);
    }
    return contents;
  }

  test::TemporaryFolder folder_;
  const std::string content_ = test::numbered_text(kFileBytes);
  std::shared_ptr<MappedFile> file_;
  IoThread thread_;
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
};

TEST_F(HttpFilesTest, RangesLeaveInOrderAndWhatMustBeReadBehindThem) {
  const std::vector<std::vector<MappedBytes>> files{{range(100, 200'000), range(7, 13)},
                                                    {range(kFileBytes - 5, 5)}};
  start([&](HttpRequest) -> asio::awaitable<HttpResponse> {
    HttpResponse response;
    response.stream = std::make_shared<FilesThenText>(files, "the end");
    response.stream_bytes = 200'000 + 13 + 5 + 7;
    co_return response;
  });
  const std::string once =
      content_.substr(100, 200'000) + content_.substr(7, 13) + content_.substr(kFileBytes - 5);
  EXPECT_TRUE(get_twice() == once + "the end" + once + "the end");
}

// More than a socket takes at once, and more of them than a call does.
TEST_F(HttpFilesTest, SharedBytesLeaveInOrderHoweverManyAndLargeTheyAre) {
  std::vector<SharedBytes> pieces{shared(0, 1 << 20), shared(0, 0)};
  std::string once = content_.substr(0, 1 << 20);
  for (size_t i = 0; i < 200; ++i) {
    pieces.push_back(shared(i, 1000 + i));
    once += content_.substr(i, 1000 + i);
  }
  start([&](HttpRequest) -> asio::awaitable<HttpResponse> {
    HttpResponse response;
    response.shared = pieces;
    co_return response;
  });
  EXPECT_TRUE(get_twice() == once + once);
}

TEST_F(HttpFilesTest, AHeadHasNoBytesAndHttp10Has) {
  start([&](HttpRequest) -> asio::awaitable<HttpResponse> {
    HttpResponse response;
    response.shared.assign(3, shared(5, 1000));
    co_return response;
  });
  RawClient client(port_);
  client.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.read_response(true), ::testing::HasSubstr("Content-Length: 3000\r\n"));
  client.say("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), ::testing::EndsWith(content_.substr(5, 1000)));
}

TEST_F(HttpFilesTest, AFileThatIsShorterThanItWasIsNotTakenForWhole) {
  start([&](HttpRequest) -> asio::awaitable<HttpResponse> {
    HttpResponse response;
    std::vector<std::vector<MappedBytes>> files{{range(kFileBytes - (128 << 10), 128 << 10)}};
    response.stream = std::make_shared<FilesThenText>(std::move(files), "");
    response.stream_bytes = 128 << 10;
    co_return response;
  });
  std::filesystem::resize_file(path(), kFileBytes - (64 << 10));
  RawClient client(port_);
  client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answer = client.read_to_end();
  EXPECT_TRUE(client.closed());
  const size_t came = answer.size() - answer.find("\r\n\r\n") - 4;
  EXPECT_GT(came, 0U);
  EXPECT_LE(came, 64U << 10);
}

// More than any socket holds, from files and from memory: the one is slow, and its connection ends
// when it is too slow; the other goes away in the middle.
TEST_F(HttpFilesTest, AClientThatDoesNotReadIsCutOffAndOneThatGoesHarmsNobody) {
  const SharedBytes all = shared(0, kFileBytes);
  start([&](HttpRequest request) -> asio::awaitable<HttpResponse> {
    HttpResponse response;
    if (request.target.path == "/memory") {
      response.shared.assign(20, all);
    } else {
      response.stream = std::make_shared<FilesThenText>(
          std::vector<std::vector<MappedBytes>>(20, {range(0, kFileBytes)}), "");
      response.stream_bytes = 20 * kFileBytes;
    }
    co_return response;
  });
  for (const std::string target : {"/file", "/memory"}) {
    const std::string request = "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
    RawClient idle(port_);
    idle.say(request);
    {
      RawClient leaving(port_);
      leaving.say(request);
      EXPECT_THAT(leaving.read_until("\r\n\r\n"), ::testing::HasSubstr("200 OK"));
    }
    RawClient patient(port_);
    patient.say(request);
    const std::string answer = patient.read_response();
    EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 20 * kFileBytes);
    EXPECT_TRUE(answer.ends_with(content_));
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (thread_.run([this] { return server_->connections(); }) > 1 &&
           std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(5ms);
    EXPECT_EQ(thread_.run([this] { return server_->connections(); }), 1U);  // the patient one
    EXPECT_LT(idle.read_to_end().size(), 20 * kFileBytes);
  }
}

}  // namespace
}  // namespace longmen
