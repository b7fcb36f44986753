// HTTP/1.1 and HTTP/2 for TCP, TLS and Unix stream sockets that somebody else has bound. Decides
// who may connect (limits in all and by address; on Unix sockets only this user and root), how long
// each step may take, and what of a request is well-formed; what to answer is the handler's. Knows
// no routes (net/http_router.h). Every step has a deadline and every buffer a bound, so that a
// client that dribbles holds a descriptor for seconds and a few kilobytes. One thread: the
// io_context's. RFC 9110, RFC 9112, RFC 9113.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "core/base/result.h"
#include "net/http_message.h"
#include "net/tls.h"
#include "net/unique_fd.h"

namespace longmen {

struct HttpServerLimits {
  size_t header_bytes = 16 << 10;
  size_t connections = 10000;
  size_t connections_per_address = 1000;
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds header{10'000};  // from its first byte, or from the connection's start
  std::chrono::milliseconds body{30'000};    // the whole of it, and longer when it is large:
  int64_t body_bytes_per_second = 64 << 10;  // as long as it would take at that rate
  std::chrono::milliseconds idle{60'000};    // between requests
  std::chrono::milliseconds write_step{30'000};  // each 64 KiB
  std::chrono::milliseconds goodbye{1'000};      // for the peer to close after we did
};

struct HttpAnswered {
  std::string_view route;  // the response's
  std::string_view method;
  int status = 0;
  // From the end of the request's header to the beginning of the response.
  std::chrono::nanoseconds took{};
  std::string_view protocol;  // as ALPN names it: "http/1.1" (1.0 too), "h2"
};

struct HttpServerEvents {
  std::function<void(const HttpAnswered&)> answered = nullptr;
  // A connection that was turned away: "connections", "address", "user".
  std::function<void(std::string_view limit)> refused = nullptr;
};

class HttpServer {
 public:
  HttpServer(boost::asio::io_context& io, HttpServerLimits limits, HttpHandler handler,
             HttpServerEvents events = {}, HttpAtOnce at_once = nullptr);
  ~HttpServer();  // closes everything at once

  // Takes over a bound, listening socket. With `tls`, connections begin with a handshake under the
  // certificate of that moment.
  Result<void> listen(UniqueFd socket, std::shared_ptr<const TlsServer> tls = nullptr);
  // For connections and steps from now on.
  void set_limits(const HttpServerLimits& limits);

  // Accepts no more, ends idle connections, lets running responses finish until `grace` has passed,
  // then closes what is left. `stopped` is called once, at the end.
  void stop(std::chrono::milliseconds grace, std::function<void()> stopped);

  size_t connections() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace longmen
