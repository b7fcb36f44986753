#include <algorithm>
#include <boost/asio/error.hpp>

#include "net/http_protocol.h"
#include "net/http_request_reader.h"
#include "net/http_response_writer.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr size_t kReadBytes = 16 << 10;
constexpr size_t kIdleReadBytes = 2 << 10;  // all that a connection holds while it waits
// What is read and thrown away of a body that nobody wanted, so that the connection can be kept.
constexpr uint64_t kMaxDiscardedBytes = 64 << 10;

HttpProblem problem_of_silence(boost::system::error_code error) {
  if (error == asio::error::timed_out) return {408, "the request's header took too long"};
  return {400, "the request is malformed: " + error.message()};
}

class Http1Connection;

class Http1Body : public HttpBody {
 public:
  explicit Http1Body(std::shared_ptr<Http1Connection> connection)
      : connection_(std::move(connection)) {}
  asio::awaitable<HttpBodyPiece> read() override;
  void detach() { connection_.reset(); }  // the request is over

 private:
  std::shared_ptr<Http1Connection> connection_;
};

class Http1Connection : public HttpProtocol, public std::enable_shared_from_this<Http1Connection> {
 public:
  Http1Connection(std::shared_ptr<ByteStream> stream, HttpPeer peer,
                  std::shared_ptr<HttpShared> shared)
      : stream_(std::move(stream)), peer_(std::move(peer)), shared_(std::move(shared)) {}

  asio::awaitable<bool> run(std::string begun) override {
    const auto self = shared_from_this();
    std::ranges::copy(begun, reader_.prepare(begun.size()).begin());
    reader_.commit(begun.size());
    std::string().swap(begun);  // not held for as long as the connection
    bool more = true;
    while (more) {
      if (shared_->stopping) break;
      const bool came = co_await wait_for_request();
      if (!came) break;
      more = co_await serve_one();
    }
    co_return true;
  }

  void finish() override {
    if (idle_) stream_->interrupt();
  }

  // The next piece of the request's body.
  asio::awaitable<HttpBodyPiece> read_body() {
    if (!body_started_) {
      body_started_ = true;
      body_ends_at_ = SteadyClock::now() + limits().body;
      if (reader_.awaits_continue()) {
        reader_.continue_is_sent();
        stream_->expires_after(limits().write_step);
        IoResult sent = co_await stream_->write("HTTP/1.1 100 Continue\r\n\r\n");
        if (sent.error) co_return tl::unexpected(broken_body(sent.error));
      }
    }
    for (;;) {
      HttpBodyPiece piece = reader_.read_body(kReadBytes);
      if (!piece) body_broken_ = true;
      if (!piece || !piece->empty() || reader_.is_done()) co_return piece;
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(body_ends_at_ - SteadyClock::now());
      stream_->expires_after(std::max(left, std::chrono::milliseconds(0)));
      IoResult received = co_await receive();
      if (received.error) co_return tl::unexpected(broken_body(received.error));
      body_ends_at_ += received.bytes * std::chrono::nanoseconds(std::chrono::seconds(1)) /
                       limits().body_bytes_per_second;
    }
  }

 private:
  const HttpServerLimits& limits() const { return shared_->limits; }

  asio::awaitable<IoResult> receive() {
    IoResult received = co_await stream_->read_some(reader_.prepare(kReadBytes));
    reader_.commit(received.bytes);
    co_return received;
  }

  // False when none comes. Idle connections may be ended from outside here.
  asio::awaitable<bool> wait_for_request() {
    if (reader_.buffered_bytes() > 0) co_return true;  // pipelined
    reader_.shrink(kIdleReadBytes);
    idle_ = true;
    stream_->expires_after(limits().idle);
    IoResult received = co_await stream_->read_some(reader_.prepare(kIdleReadBytes));
    reader_.commit(received.bytes);
    idle_ = false;
    co_return !received.error && !shared_->stopping;
  }

  // The rest of one that has begun. Nothing: the client went away.
  asio::awaitable<std::optional<HttpRequestReader::Head>> read_rest_of_head() {
    stream_->expires_after(limits().header);
    for (;;) {
      IoResult received = co_await receive();
      if (received.error == asio::error::eof || received.error == asio::error::connection_reset)
        co_return std::nullopt;
      if (received.error) co_return tl::unexpected(problem_of_silence(received.error));
      auto head = reader_.read_head();
      if (head) co_return head;
    }
  }

  // Reads one request and answers it. False: the connection ends.
  asio::awaitable<bool> serve_one() {
    reader_.begin(limits().header_bytes);
    body_started_ = false;
    body_broken_ = false;
    auto head = reader_.read_head();
    if (!head) head = co_await read_rest_of_head();
    const auto began = SteadyClock::now();
    if (!head) co_return false;
    if (!*head) {
      co_await refuse(head->error());
      co_return false;
    }
    HttpRequest request = make_request(std::move(**head));
    const std::shared_ptr<Http1Body> body = std::static_pointer_cast<Http1Body>(request.body);
    stream_->expires_never();
    std::optional<HttpResponse> response = ask_at_once(shared_->at_once, request);
    if (!response) response = co_await ask_handler(std::move(request));
    const auto took = SteadyClock::now() - began;
    const bool early = early_.has_value();
    const HttpResponseFraming framing =
        early ? early_->framing : framing_of(*response, keep_after(*response));
    bool written = false;
    if (early)
      written = co_await write_rest(*stream_, early_->rest, limits().write_step);
    else
      written = co_await write_http_response(*stream_, *response, framing, limits().write_step);
    early_.reset();
    response->stream.reset();  // it may hold the request's body
    if (body) body->detach();
    tell_answered(*response, took);
    if (!written) {
      stream_->close();
      co_return false;
    }
    // Not in one expression: GCC 12 evaluates both sides of && around a co_await.
    if (!framing.keep) co_return false;
    if (reader_.is_done()) co_return true;
    const bool clean = co_await discard_body();
    co_return clean;
  }

  // What was answered before the handler was done.
  struct Early {
    HttpResponse response;
    HttpResponseFraming framing;
    std::string rest;  // what of it has not left
  };

  // The response is the one that was given early, if one was.
  asio::awaitable<HttpResponse> ask_handler(HttpRequest request) {
    std::shared_ptr<HttpAsker> asker;
    if (shared_->at_once && !request.body) {
      asker = std::make_shared<HttpAsker>();
      asker->set_answer_now([this, asked = request]() mutable {
        if (early_) return;
        std::optional<HttpResponse> response = ask_at_once(shared_->at_once, asked);
        if (!response) return;
        const HttpResponseFraming framing = framing_of(*response, keep_after(*response));
        std::optional<std::string> rest = begin_http_response(*stream_, *response, framing);
        if (!rest) return;
        early_ = Early{std::move(*response), framing, std::move(*rest)};
      });
      request.asker = asker;
    }
    HttpResponse response = co_await ask_http_handler(shared_->handler, std::move(request));
    if (asker) asker->set_answer_now(nullptr);
    co_return early_ ? std::move(early_->response) : std::move(response);
  }

  HttpRequest make_request(HttpRequestHead head) {
    const bool has_body = head.has_body;
    HttpRequest request = begin_request(std::move(head), peer_);
    if (has_body) request.body = std::make_shared<Http1Body>(shared_from_this());
    return request;
  }

  bool keep_after(const HttpResponse& response) const {
    if (response.close || shared_->stopping || body_broken_) return false;
    return reader_.can_go_on(kMaxDiscardedBytes);
  }

  asio::awaitable<bool> discard_body() {
    while (!reader_.is_done()) {
      HttpBodyPiece piece = co_await read_body();
      if (!piece) co_return false;
    }
    co_return true;
  }

  // Answers what no handler sees.
  asio::awaitable<void> refuse(HttpProblem problem) {
    HttpResponse response = http_problem(problem);
    const HttpResponseFraming framing = framing_of(response, false);
    const bool written =
        co_await write_http_response(*stream_, response, framing, limits().write_step);
    if (!written) stream_->close();
    tell_answered(response, {});
  }

  void tell_answered(const HttpResponse& response, std::chrono::nanoseconds took) {
    if (shared_->events.answered)
      shared_->events.answered(
          {response.route, reader_.method(), response.status, took, "http/1.1"});
  }

  HttpResponseFraming framing_of(const HttpResponse& response, bool keep) const {
    HttpResponseFraming framing;
    framing.head_only = reader_.method() == "HEAD";
    framing.http_1_0 = reader_.is_http_1_0();
    framing.keep = keep;
    framing.keep = keeps_connection(response, framing);
    return framing;
  }

  HttpProblem broken_body(boost::system::error_code error) {
    body_broken_ = true;
    if (error == asio::error::timed_out) return {408, "the request's body took too long"};
    return {400, "the request's body is broken: " + error.message()};
  }

  std::shared_ptr<ByteStream> stream_;
  HttpPeer peer_;
  std::shared_ptr<HttpShared> shared_;
  HttpRequestReader reader_;
  std::optional<Early> early_;
  SteadyClock::time_point body_ends_at_;
  bool body_started_ = false;
  bool body_broken_ = false;
  bool idle_ = false;
};

asio::awaitable<HttpBodyPiece> Http1Body::read() {
  const std::shared_ptr<Http1Connection> connection = connection_;
  if (!connection) co_return tl::unexpected(HttpProblem{400, "the request is over"});
  co_return co_await connection->read_body();
}

}  // namespace

std::shared_ptr<HttpProtocol> make_http1_connection(std::shared_ptr<ByteStream> stream,
                                                    HttpPeer peer,
                                                    std::shared_ptr<HttpShared> shared) {
  return std::make_shared<Http1Connection>(std::move(stream), std::move(peer), std::move(shared));
}

}  // namespace longmen
