// Which handler answers which request, by path and method, and what every route has in common:
// HEAD by GET's handler, OPTIONS with Allow, 405 with Allow, 404, the body read whole and bounded
// before the handler sees the request, unless the route wants it in pieces. Knows no connection.
// Not to be changed once it serves. RFC 9110 §9, §15.5.6.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.h"

namespace longmen {

using HttpHandlerOfRoute = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)>;

struct HttpRoute {
  // Segments: text, or "{name}" for any one segment; a last "*" stands for whatever follows,
  // slashes and all, nothing included: "/whep/{channel}/{viewer}", "/api/*".
  std::string pattern;
  std::string method;  // "*": every one, OPTIONS and HEAD too
  HttpHandlerOfRoute handler;
  size_t max_body_bytes = 0;
  bool body_in_pieces = false;   // the handler reads request.body itself, and keeps the bound
  HttpAtOnce at_once = nullptr;  // of a route without body; may be null
  size_t fixed_bytes = 0;        // of the pattern, before its first name: the router sets it
};

class HttpRouter {
 public:
  void add(HttpRoute route);
  // For paths that no pattern fits; its route is reported as `pattern`.
  void set_fallback(HttpRoute route) { fallback_ = std::move(route); }

  boost::asio::awaitable<HttpResponse> handle(HttpRequest request) const;
  // What handle() would answer, where the request's route has it at once. Sets its parameters.
  std::optional<HttpResponse> answer_at_once(HttpRequest& request) const;

  const std::vector<HttpRoute>& routes() const { return routes_; }

 private:
  boost::asio::awaitable<HttpResponse> call(const HttpRoute& route, HttpRequest request) const;

  std::vector<HttpRoute> routes_;
  HttpRoute fallback_;
};

// The segments that `pattern`'s names stand for in `path`, a "*" last; nothing when it does not
// fit.
std::optional<std::vector<std::string>> match_route(std::string_view pattern,
                                                    std::string_view path);

}  // namespace longmen
