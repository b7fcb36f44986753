// An HTTP request and response as handlers see them. A body is a text, or pieces that are pulled
// one by one when the other side can take them, so that nothing of any size waits in memory: ranges
// of files, events, what a proxy passes on. Neither knows how it travels.
// RFC 9110; problems as RFC 9457.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "core/base/shared_bytes.h"
#include "core/http/fields.h"
#include "core/http/target.h"
#include "net/http_problem.h"

namespace longmen {

using HttpBodyPiece = tl::expected<std::string, HttpProblem>;

// So much of a mapped file, which is mapped as long as `owner` is there.
struct MappedBytes {
  std::string_view bytes;
  std::shared_ptr<const void> owner;
};

// A body in pieces of at most kMaxBodyPieceBytes. Read by one coroutine at a time.
class HttpBody {
 public:
  virtual ~HttpBody() = default;
  // The next piece; an empty one is the end, and every later one is empty too.
  virtual boost::asio::awaitable<HttpBodyPiece> read() = 0;
  // Instead of read(), by who only writes them to a stream that takes what is mapped
  // (net/byte_stream.h): the next bytes, at most kMaxMappedBytesAtOnce, when they are at hand.
  // None: read() has what is next.
  virtual std::vector<MappedBytes> take_mapped() { return {}; }
  // Nobody wants the rest. Ends a read() that waits for somebody else, which then fails.
  virtual void cancel() {}
};

inline constexpr size_t kMaxBodyPieceBytes = 64 << 10;
inline constexpr size_t kMaxMappedBytesAtOnce = 1 << 20;

// Who waits for a response. A handler that holds a request back may let go when nobody does; by
// HTTP/1.1 nobody can tell before the response is written.
class HttpAsker {
 public:
  // For who wakes many that were held: the request is answered, if it can be by now without its
  // handler (HttpAtOnce), before anything else is done for any of them. The handler goes on all the
  // same, and its answer counts only when this gave none.
  void answer_now() {
    if (answer_now_) answer_now_();
  }
  void set_answer_now(std::function<void()> call) { answer_now_ = std::move(call); }

  bool is_gone() const { return gone_; }
  // Called once, when the asker goes. There is one such call at a time; nullptr takes it back.
  void when_gone(std::function<void()> call) { when_gone_ = std::move(call); }
  void go() {
    gone_ = true;
    if (auto call = std::exchange(when_gone_, nullptr)) call();
  }

 private:
  bool gone_ = false;
  std::function<void()> when_gone_;
  std::function<void()> answer_now_;
};

struct HttpRequest {
  std::string method;  // case-sensitive
  HttpTarget target;
  HttpFields fields;
  std::shared_ptr<HttpBody> body;       // null: there is none
  std::optional<uint64_t> body_bytes;   // when the request says so before its body
  std::string content;                  // the whole body, for routes that ask for it
  std::string client_address;           // without port; empty for Unix sockets
  bool secure = false;                  // came by TLS
  std::shared_ptr<HttpAsker> asker;     // may be null
  std::vector<std::string> parameters;  // what the route's {..} stand for
};

struct HttpResponse {
  int status = 200;
  HttpFields fields;                 // without Content-Length, Transfer-Encoding, Connection, Date
  std::string content;               // the body, or:
  ByteSpan constant;                 // the body; bytes that live as long as the process
  std::vector<SharedBytes> shared;   // the body: one after the other, held by many
  std::shared_ptr<HttpBody> stream;  // the body, when not null
  // The stream's length; without it the body is sent in chunks. May stand without a stream in what
  // answers a HEAD.
  std::optional<uint64_t> stream_bytes;
  bool close = false;  // HTTP/1.1: the connection ends after this response
  // For metrics: the pattern that answered, which lives as long as the server; "" none did.
  std::string_view route;
};

// "Not Found" for 404; "Unknown" for numbers that have no registered phrase.
std::string_view http_reason(int status);

// application/problem+json.
HttpResponse http_problem(int status, std::string_view words);
inline HttpResponse http_problem(const HttpProblem& problem) {
  return http_problem(problem.status, problem.words);
}
// The same with Retry-After.
HttpResponse http_problem_for_now(int status, std::string_view words, int retry_after_seconds);

// Answers requests. May throw: the client gets 500, the log the words.
using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)>;
// Asked before a handler, of requests without a body: what can be said without waiting for
// anything, so that it takes no coroutine. Nothing: the handler is to be asked. May throw, too.
using HttpAtOnce = std::function<std::optional<HttpResponse>(HttpRequest&)>;

// The whole body; 413 when it is larger than `limit_bytes`.
boost::asio::awaitable<HttpBodyPiece> read_whole_body(std::shared_ptr<HttpBody> body,
                                                      size_t limit_bytes);

}  // namespace longmen
