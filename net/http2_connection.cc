#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_map>

#include "net/http2_session.h"
#include "net/http_protocol.h"
#include "net/http_response_writer.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using StreamTime = Http2Session::Time;

constexpr size_t kQuietReadBytes = 2 << 10;  // all that a connection holds while little comes
constexpr size_t kBusyReadBytes = 16 << 10;
constexpr size_t kWriteBytes = 64 << 10;

// A proxy on this machine has all its viewers' requests on few connections.
constexpr int kViewersOfAProxy = 10;

Http2Limits limits_of(const HttpServerLimits& server, const HttpPeer& peer) {
  Http2Limits limits;
  boost::system::error_code none;
  if (asio::ip::make_address(peer.address, none).is_loopback() || none) {
    limits.early_ends *= kViewersOfAProxy;
    limits.early_ends_per_second *= kViewersOfAProxy;
    limits.bodies = limits.streams;
  }
  limits.header_bytes = server.header_bytes;
  limits.header = server.header;
  limits.body = server.body;
  limits.body_bytes_per_second = server.body_bytes_per_second;
  limits.idle = server.idle;
  limits.write_step = server.write_step;
  limits.goodbye = server.goodbye;
  return limits;
}

// Wakes coroutines that look again at what they wait for.
class Signal {
 public:
  explicit Signal(const asio::any_io_executor& executor)
      : timer_(executor, asio::steady_timer::time_point::max()) {}
  void give() { timer_.cancel(); }
  asio::awaitable<void> wait() {
    boost::system::error_code woken;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }

 private:
  asio::steady_timer timer_;
};

class Http2Connection;

// One stream, from its request to the end of its handler, which may come after the stream's.
struct Http2Exchange {
  Http2Exchange(Http2Session::StreamId number, const asio::any_io_executor& executor)
      : stream(number), changed(executor), asker(std::make_shared<HttpAsker>()) {}
  Http2Session::StreamId stream;
  Signal changed;
  std::shared_ptr<HttpAsker> asker;
  std::string received;  // of the request's body, and not read yet
  bool received_all = false;
  bool late = false;
  bool started = false;  // somebody reads the body
  bool expects_continue = false;
  bool wanted = false;  // the response's next piece
};

class Http2Body : public HttpBody {
 public:
  Http2Body(std::shared_ptr<Http2Connection> connection, std::shared_ptr<Http2Exchange> exchange)
      : connection_(std::move(connection)), exchange_(std::move(exchange)) {}
  asio::awaitable<HttpBodyPiece> read() override;
  void detach() { connection_.reset(); }  // the request is over

 private:
  std::shared_ptr<Http2Connection> connection_;
  std::shared_ptr<Http2Exchange> exchange_;
};

class Http2Connection : public HttpProtocol, public std::enable_shared_from_this<Http2Connection> {
 public:
  Http2Connection(std::shared_ptr<ByteStream> stream, HttpPeer peer,
                  std::shared_ptr<HttpShared> shared)
      : stream_(std::move(stream)),
        peer_(std::move(peer)),
        shared_(std::move(shared)),
        limits_(limits_of(shared_->limits, peer_)),
        session_(limits_, StreamTime::clock::now()) {}

  asio::awaitable<bool> run(std::string begun) override {
    const auto self = shared_from_this();
    executor_ = co_await asio::this_coro::executor;
    watch_.emplace(executor_);
    ended_.emplace(executor_);
    stream_->expires_never();  // the session has the deadlines, write_all() that of writing
    session_.receive(begun, StreamTime::clock::now());
    std::string().swap(begun);
    go_on();
    bool alive = true;
    while (alive && !session_.is_over()) {
      IoResult received = co_await receive();
      alive = !received.error || (received.error == asio::error::timed_out && session_.is_over());
      go_on();
    }
    if (!alive) stream_->close();  // and so ends what is being written
    if (alive) stream_->expires_after(limits_.write_step);
    over_ = true;
    watch_->cancel();
    for (const auto& [number, exchange] : exchanges_)
      leave(*exchange);
    while (writing_ || !exchanges_.empty())
      co_await ended_->wait();
    co_return alive && !write_failed_;
  }

  void finish() override {
    session_.drain(StreamTime::clock::now());
    go_on();
  }

  // The next piece of a request's body.
  asio::awaitable<HttpBodyPiece> read_body(std::shared_ptr<Http2Exchange> exchange) {
    if (!std::exchange(exchange->started, true) && exchange->expects_continue &&
        exchange->received.empty() && !exchange->received_all) {
      session_.say_continue(exchange->stream);
    }
    while (exchange->received.empty() && !exchange->received_all) {
      if (exchange->asker->is_gone())
        co_return tl::unexpected(
            HttpProblem{400, "the request's body is broken: it was cancelled"});
      if (exchange->late)
        co_return tl::unexpected(HttpProblem{408, "the request's body took too long"});
      session_.await_body(exchange->stream, StreamTime::clock::now());
      go_on();
      co_await exchange->changed.wait();
    }
    std::string piece = std::exchange(exchange->received, {});
    if (piece.size() > kMaxBodyPieceBytes) {
      exchange->received = piece.substr(kMaxBodyPieceBytes);
      piece.resize(kMaxBodyPieceBytes);
    }
    session_.consume(exchange->stream, piece.size());
    go_on();
    co_return piece;
  }

 private:
  asio::awaitable<IoResult> receive() {
    // Large only while much comes.
    std::string buffer(busy_ ? kBusyReadBytes : kQuietReadBytes, '\0');
    IoResult received = co_await stream_->read_some(buffer);
    busy_ = received.bytes == buffer.size() || (busy_ && received.bytes > kQuietReadBytes);
    if (received.bytes > 0)
      session_.receive({buffer.data(), received.bytes}, StreamTime::clock::now());
    co_return received;
  }

  // After whatever changed the session: hears what it has to say, sends what it has to send, and
  // looks again when its next deadline has come.
  void go_on() {
    if (over_) return;
    hear();
    if (!writing_) write_more();
    if (!writing_ && session_.is_over()) stream_->interrupt();
    look_again();
  }

  // ---- what the session says

  // May call itself: a handler that needs not wait answers at once.
  void hear() {
    while (auto event = session_.poll_event())
      std::visit([this](auto& what) { take(what); }, *event);
  }

  void take(Http2Session::Request& request) {
    // A handler that outlives its stream counts: the client cannot have more of them by resetting.
    if (exchanges_.size() >= limits_.streams) return session_.refuse(request.stream);
    const auto exchange = std::make_shared<Http2Exchange>(request.stream, executor_);
    exchanges_.emplace(request.stream, exchange);
    asio::co_spawn(executor_, serve(exchange, std::move(request.head)),
                   [self = shared_from_this(), stream = request.stream](
                       const std::exception_ptr& failed) { self->served(stream, failed); });
  }
  void take(Http2Session::BodyPiece& piece) {
    Http2Exchange* exchange = find(piece.stream);
    if (!exchange) return;
    exchange->received_all = piece.bytes.empty();
    exchange->received += piece.bytes;
    exchange->changed.give();
  }
  void take(Http2Session::BodyLate& late) {
    Http2Exchange* exchange = find(late.stream);
    if (!exchange) return;
    exchange->late = true;
    exchange->changed.give();
  }
  void take(Http2Session::PieceWanted& wanted) {
    Http2Exchange* exchange = find(wanted.stream);
    if (!exchange) return;
    exchange->wanted = true;
    exchange->changed.give();
  }
  void take(Http2Session::Closed& closed) {
    if (Http2Exchange* exchange = find(closed.stream)) leave(*exchange);
  }

  Http2Exchange* find(Http2Session::StreamId stream) {
    const auto found = exchanges_.find(stream);
    return found == exchanges_.end() ? nullptr : found->second.get();
  }

  void leave(Http2Exchange& exchange) {
    exchange.asker->go();
    exchange.changed.give();
  }

  // ---- requests

  asio::awaitable<void> serve(std::shared_ptr<Http2Exchange> exchange, Http2Session::Head head) {
    const auto began = StreamTime::clock::now();
    if (!head) {
      HttpResponse response = http_problem(head.error());
      answer(*exchange, response, "", {});
      co_return;
    }
    HttpRequest request = make_request(exchange, std::move(*head));
    const std::string method = request.method;
    const auto body = std::static_pointer_cast<Http2Body>(request.body);
    std::optional<HttpResponse> response = ask_at_once(shared_->at_once, request);
    bool early = false;
    if (!response) {
      if (shared_->at_once && !body)
        exchange->asker->set_answer_now(
            [this, &early, &exchange, began, asked = request]() mutable {
              if (early || exchange->asker->is_gone()) return;
              std::optional<HttpResponse> now = ask_at_once(shared_->at_once, asked);
              if (!now || now->stream) return;
              early = true;
              answer(*exchange, *now, asked.method, StreamTime::clock::now() - began);
            });
      response = co_await ask_http_handler(shared_->handler, std::move(request));
      exchange->asker->set_answer_now(nullptr);
    }
    if (!early && !exchange->asker->is_gone()) {
      answer(*exchange, *response, method, StreamTime::clock::now() - began);
      const bool in_pieces = response->stream && method != "HEAD" && !has_no_body(response->status);
      if (in_pieces) co_await send_pieces(exchange, response->stream, response->stream_bytes);
    }
    response->stream.reset();  // it may hold the request's body
    if (body) body->detach();
  }

  void served(Http2Session::StreamId stream, const std::exception_ptr& failed) {
    if (failed) {
      session_.abort(stream);
      spdlog::error("an HTTP/2 stream failed");
    }
    exchanges_.erase(stream);
    if (over_) return ended_->give();
    go_on();
  }

  HttpRequest make_request(const std::shared_ptr<Http2Exchange>& exchange, HttpRequestHead head) {
    const bool has_body = head.has_body;
    HttpRequest request = begin_request(std::move(head), peer_);
    request.asker = exchange->asker;
    exchange->expects_continue = request.fields.contains("Expect");
    if (has_body) request.body = std::make_shared<Http2Body>(shared_from_this(), exchange);
    return request;
  }

  // ---- responses

  void answer(const Http2Exchange& exchange, HttpResponse& response, std::string_view method,
              std::chrono::nanoseconds took) {
    const bool head_only = method == "HEAD";
    HttpFields fields = std::move(response.fields);
    remove_hop_by_hop_fields(fields);
    fields.set("Date", date_field());
    if (const auto bytes = content_length(response, head_only))
      fields.set("Content-Length", fmt::to_string(*bytes));
    Http2Session::Body body;
    if (!head_only && !has_no_body(response.status)) {
      body.in_pieces = response.stream != nullptr;
      if (!body.in_pieces) take_spans(response, body);
    }
    session_.respond(exchange.stream, response.status, fields, std::move(body),
                     StreamTime::clock::now());
    go_on();
    if (shared_->events.answered)
      shared_->events.answered({response.route, method, response.status, took, "h2"});
  }

  static void take_spans(HttpResponse& response, Http2Session::Body& body) {
    struct Held {
      std::string content;
      std::vector<SharedBytes> shared;
    };
    auto held = std::make_shared<Held>();
    held->content = std::move(response.content);
    held->shared = std::move(response.shared);
    body.spans.push_back(response.constant.empty() ? as_bytes(held->content) : response.constant);
    for (const auto& piece : held->shared)
      body.spans.emplace_back(*piece);
    body.owner = std::move(held);
  }

  // Each piece is read when the one before has left and the client takes more.
  asio::awaitable<void> send_pieces(std::shared_ptr<Http2Exchange> exchange,
                                    std::shared_ptr<HttpBody> body,
                                    std::optional<uint64_t> expected) {
    uint64_t sent = 0;
    exchange->asker->when_gone([body] { body->cancel(); });
    for (;;) {
      while (!exchange->wanted && !exchange->asker->is_gone())
        co_await exchange->changed.wait();
      if (exchange->asker->is_gone()) co_return;
      exchange->wanted = false;
      HttpBodyPiece piece = co_await body->read();
      if (exchange->asker->is_gone()) co_return;
      const bool last = piece && piece->empty();
      if (piece) sent += piece->size();
      const bool broken = !piece || (expected && (sent > *expected || (last && sent < *expected)));
      if (!piece) spdlog::debug("a response was cut short: {}", piece.error().words);
      if (broken) {
        session_.abort(exchange->stream);  // nobody takes half a body for a whole one
      } else {
        session_.add_piece(exchange->stream, std::move(*piece), StreamTime::clock::now());
      }
      go_on();
      if (broken || last) co_return;
    }
  }

  // ---- the wire

  void fill_output() {
    session_.take_output(output_, kWriteBytes, StreamTime::clock::now());
    hear();
  }

  void write_more() {
    fill_output();
    if (output_.empty() || writing_ || write_failed_) return;
    writing_ = true;
    asio::co_spawn(executor_, write_all(), asio::detached);
  }

  asio::awaitable<void> write_all() {
    const auto self = shared_from_this();
    while (!output_.empty()) {
      const std::string bytes = std::exchange(output_, {});
      write_ends_at_ = StreamTime::clock::now() + limits_.write_step;
      look_again();
      IoResult sent = co_await stream_->write(bytes);
      write_ends_at_.reset();
      write_failed_ = static_cast<bool>(sent.error);
      if (write_failed_) break;
      fill_output();
    }
    writing_ = false;
    if (write_failed_) stream_->close();
    if (over_) {
      ended_->give();
    } else {
      go_on();
    }
  }

  // One timer, which wakes when the earliest deadline known at the time has come.
  void look_again() {
    auto next = session_.next_timeout();
    if (write_ends_at_ && (!next || *write_ends_at_ < *next)) next = write_ends_at_;
    if (over_ || !next || (watching_ && *next >= watch_->expiry())) return;
    watching_ = true;
    watch_->expires_at(*next);
    watch_->async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
      if (cancelled || self->over_) return;
      self->watching_ = false;
      self->handle_timeout();
    });
  }

  void handle_timeout() {
    const auto now = StreamTime::clock::now();
    // Whoever does not read what it asked for: the socket ends, and with it all.
    if (write_ends_at_ && now >= *write_ends_at_) return stream_->close();
    session_.handle_timeout(now);
    go_on();
  }

  std::shared_ptr<ByteStream> stream_;
  HttpPeer peer_;
  std::shared_ptr<HttpShared> shared_;
  Http2Limits limits_;
  Http2Session session_;
  asio::any_io_executor executor_;
  std::unordered_map<Http2Session::StreamId, std::shared_ptr<Http2Exchange>> exchanges_;
  std::string output_;  // not being written yet
  std::optional<asio::steady_timer> watch_;
  std::optional<Signal> ended_;  // a write or an exchange, when the connection has
  std::optional<StreamTime> write_ends_at_;
  bool watching_ = false;
  bool writing_ = false;
  bool write_failed_ = false;
  bool busy_ = false;
  bool over_ = false;
};

asio::awaitable<HttpBodyPiece> Http2Body::read() {
  const std::shared_ptr<Http2Connection> connection = connection_;
  if (!connection) co_return tl::unexpected(HttpProblem{400, "the request is over"});
  co_return co_await connection->read_body(exchange_);
}

}  // namespace

std::shared_ptr<HttpProtocol> make_http2_connection(std::shared_ptr<ByteStream> stream,
                                                    HttpPeer peer,
                                                    std::shared_ptr<HttpShared> shared) {
  return std::make_shared<Http2Connection>(std::move(stream), std::move(peer), std::move(shared));
}

}  // namespace longmen
