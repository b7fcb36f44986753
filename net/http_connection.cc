#include "net/http_connection.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <limits>

#include "net/http_response_writer.h"

namespace longmen {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace {

using Parser = http::request_parser<http::buffer_body>;
using SteadyClock = std::chrono::steady_clock;

constexpr size_t kReadBytes = 16 << 10;
constexpr size_t kIdleReadBytes = 2 << 10;  // all that a connection holds while it waits
// What is read and thrown away of a body that nobody wanted, so that the connection can be kept.
constexpr uint64_t kMaxDiscardedBytes = 64 << 10;
// The same after the last response: closing on unread bytes would make the kernel reset the
// connection, and the client might never see the response.
constexpr uint64_t kMaxLingerBytes = 256 << 10;

HttpProblem problem_of_header(boost::system::error_code error) {
  if (error == asio::error::timed_out) return {408, "the request's header took too long"};
  if (error == http::error::header_limit) return {431, "the request's header is too large"};
  if (error == http::error::bad_version) return {505, "HTTP/1.1 and HTTP/1.0 are spoken here"};
  if (error == http::error::bad_transfer_encoding)
    return {501, "the only transfer coding known here is chunked"};
  return {400, "the request is malformed: " + error.message()};
}

template <class Message>
HttpFields fields_of(const Message& message) {
  HttpFields fields;
  for (const auto& field : message)
    fields.add({field.name_string().data(), field.name_string().size()},
               {field.value().data(), field.value().size()});
  return fields;
}

class Connection;

class RequestBody : public HttpBody {
 public:
  explicit RequestBody(std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)) {}
  asio::awaitable<HttpBodyPiece> read() override;
  void detach() { connection_.reset(); }  // the request is over

 private:
  std::shared_ptr<Connection> connection_;
};

class Connection : public HttpConnection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ByteStream> stream, Peer peer, std::shared_ptr<Shared> shared)
      : stream_(std::move(stream)), peer_(std::move(peer)), shared_(std::move(shared)) {}

  asio::awaitable<void> run() override {
    const auto self = shared_from_this();
    stream_->expires_after(limits().handshake);
    IoResult shaken = co_await stream_->handshake();
    if (shaken.error) {
      spdlog::debug("TLS handshake failed address={}: {}", peer_.address, shaken.error.message());
      stream_->close();
      co_return;
    }
    bool more = true;
    bool said_something = false;
    for (bool first = true; more; first = false) {
      if (shared_->stopping) break;
      const bool came = co_await wait_for_request(first);
      if (!came) break;
      more = co_await serve_one();
      said_something = true;
    }
    if (said_something) co_await say_goodbye();
    stream_->close();
  }

  void finish() override {
    if (idle_) stream_->interrupt();
  }
  void close() override { stream_->close(); }

  // The next piece of the request's body.
  asio::awaitable<HttpBodyPiece> read_body() {
    if (!body_started_) {
      body_started_ = true;
      body_ends_at_ = SteadyClock::now() + limits().body;
      if (expects_continue_) {
        expects_continue_ = false;
        stream_->expires_after(limits().write_step);
        IoResult sent = co_await stream_->write("HTTP/1.1 100 Continue\r\n\r\n");
        if (sent.error) co_return tl::unexpected(broken_body(sent.error));
      }
    }
    std::string piece(kReadBytes, '\0');
    while (!parser_->is_done()) {
      auto& body = parser_->get().body();
      body.data = piece.data();
      body.size = piece.size();
      boost::system::error_code error;
      if (buffer_.size() > 0) {
        buffer_.consume(parser_->put(buffer_.data(), error));
        if (error == http::error::need_buffer) error = {};
      } else {
        error = http::error::need_more;
      }
      const size_t got = piece.size() - body.size;
      body.data = nullptr;
      body.size = 0;
      if (error && error != http::error::need_more) co_return tl::unexpected(broken_body(error));
      if (got > 0) {
        piece.resize(got);
        co_return piece;
      }
      if (error != http::error::need_more) continue;
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(body_ends_at_ - SteadyClock::now());
      stream_->expires_after(std::max(left, std::chrono::milliseconds(0)));
      IoResult received = co_await receive();
      if (received.error) co_return tl::unexpected(broken_body(received.error));
    }
    piece.clear();
    co_return piece;
  }

 private:
  const HttpServerLimits& limits() const { return shared_->limits; }

  asio::awaitable<IoResult> receive(size_t bytes = kReadBytes) {
    const auto space = buffer_.prepare(bytes);
    IoResult received =
        co_await stream_->read_some({static_cast<char*>(space.data()), space.size()});
    buffer_.commit(received.bytes);
    co_return received;
  }

  // False when none comes. Idle connections may be ended from outside here.
  asio::awaitable<bool> wait_for_request(bool first) {
    if (buffer_.size() > 0) co_return true;  // pipelined
    parser_.reset();
    buffer_.shrink_to_fit();
    idle_ = true;
    stream_->expires_after(first ? limits().header : limits().idle);
    IoResult received = co_await receive(kIdleReadBytes);
    idle_ = false;
    co_return !received.error && !shared_->stopping;
  }

  asio::awaitable<boost::system::error_code> read_header() {
    stream_->expires_after(limits().header);
    boost::system::error_code error = http::error::need_more;
    for (;;) {
      if (buffer_.size() > 0) {
        error = {};
        buffer_.consume(parser_->put(buffer_.data(), error));
      }
      if (error && error != http::error::need_more) co_return error;
      if (parser_->is_header_done()) co_return boost::system::error_code{};
      IoResult received = co_await receive();
      if (received.error) co_return received.error;
    }
  }

  // Reads one request and answers it. False: the connection ends.
  asio::awaitable<bool> serve_one() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits().header_bytes));
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());  // the route's, not ours
    body_started_ = false;
    expects_continue_ = false;
    body_broken_ = false;
    const boost::system::error_code failed = co_await read_header();
    const auto began = SteadyClock::now();
    if (failed) {
      if (failed == asio::error::eof || failed == asio::error::connection_reset) co_return false;
      co_await refuse(problem_of_header(failed), "");
      co_return false;
    }
    const std::string method(parser_->get().method_string());
    auto request = make_request();
    if (!request) {
      co_await refuse(request.error(), method);
      co_return false;
    }
    const bool head_only = method == "HEAD";
    const std::shared_ptr<RequestBody> body = std::static_pointer_cast<RequestBody>(request->body);
    HttpResponse response = co_await ask_handler(std::move(*request));
    const auto took = SteadyClock::now() - began;
    bool keep = keep_after(response);
    const bool written = co_await write(response, keep, head_only);
    response.stream.reset();  // it may hold the request's body
    if (body) body->detach();
    if (shared_->events.answered)
      shared_->events.answered(response.route, method, response.status, took);
    if (!written) {
      stream_->close();
      co_return false;
    }
    // Not in one expression: GCC 12 evaluates both sides of && around a co_await.
    if (!keep) co_return false;
    const bool clean = co_await discard_body();
    co_return clean;
  }

  tl::expected<HttpRequest, HttpProblem> make_request() {
    const auto& message = parser_->get();
    const std::string_view raw_target(message.target().data(), message.target().size());
    auto target = parse_http_target(raw_target);
    if (!target) {
      const bool large = target.error() == DropReason::kTooLarge;
      return tl::unexpected(large ? HttpProblem{414, "the request's target is too long"}
                                  : HttpProblem{400, "the request's target is malformed"});
    }
    HttpRequest request;
    request.method = std::string(message.method_string());
    if (target->path == "*" && request.method != "OPTIONS")
      return tl::unexpected(HttpProblem{400, "\"*\" is a target of OPTIONS alone"});
    request.target = std::move(*target);
    request.fields = fields_of(message);
    const size_t hosts = request.fields.count("Host");
    if (hosts > 1 || (hosts == 0 && message.version() >= 11))
      return tl::unexpected(HttpProblem{400, "exactly one Host is needed"});
    // What Beast lets pass and another reader of the same bytes might frame otherwise: RFC 9112
    // §6.1.
    if (const auto codings = request.fields.list("Transfer-Encoding"); !codings.empty()) {
      if (codings.size() > 1 || !equal_ignoring_case(codings.front(), "chunked"))
        return tl::unexpected(HttpProblem{501, "the only transfer coding known here is chunked"});
      if (message.version() < 11)
        return tl::unexpected(HttpProblem{400, "HTTP/1.0 has no transfer codings"});
    }
    if (request.fields.contains("Expect")) {
      if (!equal_ignoring_case(request.fields.value("Expect"), "100-continue"))
        return tl::unexpected(HttpProblem{417, "the only expectation met here is 100-continue"});
      expects_continue_ = message.version() >= 11 && !parser_->is_done();
    }
    request.client_address = peer_.address;
    request.secure = peer_.secure;
    if (const auto length = parser_->content_length()) request.body_bytes = *length;
    if (!parser_->is_done()) request.body = std::make_shared<RequestBody>(shared_from_this());
    return request;
  }

  asio::awaitable<HttpResponse> ask_handler(HttpRequest request) {
    stream_->expires_never();
    std::string path = request.target.path;
    std::string words;
    try {
      co_return co_await shared_->handler(std::move(request));
    } catch (const std::exception& error) {
      words = error.what();
    }
    spdlog::error("{} failed: {}", path, words);
    co_return http_problem(500, "this is our mistake; the log says more");
  }

  bool keep_after(const HttpResponse& response) const {
    if (response.close || shared_->stopping || body_broken_ || !parser_->keep_alive()) return false;
    if (parser_->is_done()) return true;
    // A client that still waits for 100 may or may not send its body now: there is no telling.
    const auto remaining = parser_->content_length_remaining();
    return !expects_continue_ && remaining && *remaining <= kMaxDiscardedBytes;
  }

  asio::awaitable<bool> discard_body() {
    while (!parser_->is_done()) {
      HttpBodyPiece piece = co_await read_body();
      if (!piece) co_return false;
    }
    co_return true;
  }

  // Answers what no handler sees.
  asio::awaitable<void> refuse(HttpProblem problem, std::string method) {
    HttpResponse response = http_problem(problem);
    bool keep = false;
    const bool written = co_await write(response, keep, method == "HEAD");
    if (!written) stream_->close();
    if (shared_->events.answered) shared_->events.answered("", method, response.status, {});
  }

  // Sets `keep` to whether the connection can go on. False: the response is not whole.
  asio::awaitable<bool> write(HttpResponse& response, bool& keep, bool head_only) {
    HttpResponseFraming framing;
    framing.head_only = head_only;
    framing.http_1_0 = parser_->is_header_done() && parser_->get().version() < 11;
    framing.keep = keep;
    keep = keeps_connection(response, framing);
    const bool written =
        co_await write_http_response(*stream_, response, framing, limits().write_step);
    co_return written;
  }

  asio::awaitable<void> say_goodbye() {
    stream_->expires_after(limits().goodbye);
    IoResult finished = co_await stream_->finish_sending();
    uint64_t discarded = 0;
    while (!finished.error && discarded < kMaxLingerBytes) {
      std::array<char, 4096> waste;
      IoResult received = co_await stream_->read_some(waste);
      if (received.error) break;
      discarded += received.bytes;
    }
  }

  HttpProblem broken_body(boost::system::error_code error) {
    body_broken_ = true;
    if (error == asio::error::timed_out) return {408, "the request's body took too long"};
    return {400, "the request's body is broken: " + error.message()};
  }

  std::shared_ptr<ByteStream> stream_;
  Peer peer_;
  std::shared_ptr<Shared> shared_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  SteadyClock::time_point body_ends_at_;
  bool body_started_ = false;
  bool body_broken_ = false;
  bool expects_continue_ = false;
  bool idle_ = false;
};

asio::awaitable<HttpBodyPiece> RequestBody::read() {
  const std::shared_ptr<Connection> connection = connection_;
  if (!connection) co_return tl::unexpected(HttpProblem{400, "the request is over"});
  co_return co_await connection->read_body();
}

}  // namespace

std::shared_ptr<HttpConnection> make_http_connection(
    std::shared_ptr<ByteStream> stream, HttpConnection::Peer peer,
    std::shared_ptr<HttpConnection::Shared> shared) {
  return std::make_shared<Connection>(std::move(stream), std::move(peer), std::move(shared));
}

}  // namespace longmen
