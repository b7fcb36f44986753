// A small HTTP/1.1 client: one request on one connection of its own, to a Unix socket or a TCP
// port, with a deadline at each step and the response's body in pieces. For the gateway's reverse
// proxy, the command line and tests. It follows no redirect and keeps no connection. One thread:
// that of the executor it runs on. RFC 9112.
#pragma once

#include <chrono>

#include "net/http_message.h"

namespace longmen {

struct HttpEndpoint {
  // Abstract Unix socket, without the leading NUL. Its owner must be this user or root.
  std::string abstract_socket;
  std::string address;  // or a TCP address, a literal,
  uint16_t port = 0;    // and port
};

struct HttpClientLimits {
  std::chrono::milliseconds connect{2'000};
  std::chrono::milliseconds write_step{10'000};
  std::chrono::milliseconds response_header{10'000};  // from the end of the request
  std::chrono::milliseconds body_step{30'000};
  size_t header_bytes = 16 << 10;
};

struct HttpClientRequest {
  std::string method = "GET";
  std::string target = "/";  // origin form
  HttpFields fields;         // Host is set when it is missing
  std::string content;
  std::shared_ptr<HttpBody> stream;  // the body instead, when not null
  std::optional<uint64_t> stream_bytes;
};

struct HttpClientResponse {
  int status = 0;
  HttpFields fields;
  std::shared_ptr<HttpBody> body;  // null: none
  std::optional<uint64_t> body_bytes;
};

// A problem's status: 502 the other side is away or does not speak HTTP, 504 it took too long, or
// what the request's own stream failed with.
boost::asio::awaitable<tl::expected<HttpClientResponse, HttpProblem>> http_fetch(
    HttpEndpoint endpoint, HttpClientRequest request, HttpClientLimits limits);

}  // namespace longmen
