// Passes /api/* on to control, by HTTP over its Unix socket, both bodies in pieces. Decides what of
// a header goes on, and what a client hears when control is away: 503 and when to try again. While
// control starts anew, connections wait in its socket's backlog, so a missing answer means away as
// well; where a password is hashed, behind others that wait for it, it may come later. Client
// addresses are ours to tell: what a client says of itself is replaced. What pages ask for that
// nobody has signed in on, by the thousand and all at once, is asked of control for all of them.
// RFC 9110 §7.6.
#pragma once

#include <chrono>
#include <string>

#include "gateway/shared_answers.h"
#include "net/http_client.h"
#include "net/http_router.h"

namespace longmen {

// What of a request's fields goes on to control, and what of its answer goes back, but for the
// body.
HttpFields forwarded_fields(const HttpRequest& request);
HttpResponse passed_back(HttpClientResponse& answer);

class ApiProxy {
 public:
  static constexpr size_t kMaxBodyBytes = 1 << 20;
  static constexpr size_t kMaxTableBytes = 4 << 20;        // of sites alone
  static constexpr size_t kMaxSlateFileBytes = 256 << 20;  // control has a lower one, of the node's
  static constexpr int kRetryAfterSeconds = 2;

  // A full pool of passwords (control/password_pool.h) takes seconds, twice for another password
  // or a rehash; on a machine that is busy with media, whose threads go first, several times that.
  static constexpr std::chrono::milliseconds kPasswordAnswer{30'000};

  // A town's table of sites is thousands of rows, in turns with everybody else's.
  static constexpr std::chrono::milliseconds kTableAnswer{120'000};

  // What somebody gives as a slate is decoded before it is answered (control/slate_check.h).
  static constexpr std::chrono::milliseconds kSlateAnswer{270'000};

  explicit ApiProxy(boost::asio::io_context& io, HttpClientLimits limits = default_limits(),
                    std::chrono::milliseconds password_answer = kPasswordAnswer)
      : limits_(limits), password_answer_(password_answer), shared_(io) {}
  static HttpClientLimits default_limits();

  void set_socket(std::string abstract_name) { socket_ = std::move(abstract_name); }
  // Its handlers refer to this object.
  void add_routes(HttpRouter& router);

 private:
  void add_route(HttpRouter& router, std::string pattern, size_t max_body_bytes);
  boost::asio::awaitable<HttpResponse> answer(HttpRequest request, size_t max_body_bytes);
  boost::asio::awaitable<HttpResponse> pass_on(HttpRequest request, size_t max_body_bytes);

  HttpClientLimits limits_;
  std::chrono::milliseconds password_answer_;
  std::string socket_;
  SharedAnswers shared_;
};

}  // namespace longmen
