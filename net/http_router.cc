#include "net/http_router.h"

#include <fmt/format.h>

#include <algorithm>

namespace longmen {
namespace asio = boost::asio;
namespace {

std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

bool is_plain_method(std::string_view method) {
  return method == "GET" || method == "POST" || method == "PUT" || method == "PATCH" ||
         method == "DELETE";
}

std::string allow_list(const std::vector<const HttpRoute*>& fitting) {
  std::string allow = "OPTIONS";
  for (const HttpRoute* route : fitting) {
    if (route->method == "OPTIONS") continue;
    allow += ", " + route->method;
    if (route->method == "GET") allow += ", HEAD";
  }
  return allow;
}

// Whether the pattern fits; takes what its names stand for.
template <class Take>
bool walk_route(std::string_view pattern, std::string_view path, Take take) {
  while (pattern.starts_with('/')) {
    if (!path.starts_with('/')) return false;
    if (pattern == "/*") {
      take(path.substr(1));
      return true;
    }
    const std::string_view wanted = take_segment(pattern);
    const std::string_view found = take_segment(path);
    if (wanted.starts_with('{')) {
      if (found.empty()) return false;
      take(found);
    } else if (wanted != found) {
      return false;
    }
  }
  return path.empty();
}

// Of the route: HEAD is answered by GET's.
std::string_view wanted_method(const HttpRequest& request) {
  if (request.method == "HEAD") return "GET";
  return request.method;
}

bool fits(const HttpRoute& route, std::string_view path) {
  const std::string_view fixed = std::string_view(route.pattern).substr(0, route.fixed_bytes);
  // Of a hundred routes most differ behind the slash, which is seen without a call.
  if (path.size() < fixed.size() || (fixed.size() > 1 && path[1] != fixed[1])) return false;
  return path.starts_with(fixed) && walk_route(route.pattern, path, [](std::string_view) {});
}

}  // namespace

std::optional<std::vector<std::string>> match_route(std::string_view pattern,
                                                    std::string_view path) {
  std::vector<std::string> parameters;
  if (!walk_route(pattern, path, [&](std::string_view found) { parameters.emplace_back(found); }))
    return std::nullopt;
  return parameters;
}

void HttpRouter::add(HttpRoute route) {
  route.fixed_bytes = std::min(route.pattern.find_first_of("{*"), route.pattern.size());
  routes_.push_back(std::move(route));
}

asio::awaitable<HttpResponse> HttpRouter::handle(HttpRequest request) const {
  std::vector<const HttpRoute*> fitting;
  const HttpRoute* chosen = nullptr;
  const std::string_view wanted = wanted_method(request);
  for (const HttpRoute& route : routes_) {
    if (!fits(route, request.target.path)) continue;
    // The first pattern that fits decides; others count only when they are spelt the same.
    if (!fitting.empty() && fitting.front()->pattern != route.pattern) continue;
    fitting.push_back(&route);
    if (route.method != "*" && route.method != wanted) continue;
    chosen = &route;
    break;
  }
  if (!fitting.empty())
    request.parameters = *match_route(fitting.front()->pattern, request.target.path);
  if (chosen) co_return co_await call(*chosen, std::move(request));
  HttpResponse response;
  if (!fitting.empty() || request.target.path == "*") {
    const std::string allow = allow_list(fitting);
    if (request.method == "OPTIONS") {
      response.status = 204;
    } else if (is_plain_method(wanted)) {
      response = http_problem(
          405, fmt::format("{} is not for this; allowed are {}", request.method, allow));
    } else {
      response = http_problem(501, fmt::format("the method is unknown; allowed are {}", allow));
    }
    response.fields.set("Allow", allow);
    response.route = fitting.empty() ? std::string_view("*") : fitting.front()->pattern;
    co_return response;
  }
  if (fallback_.handler) co_return co_await call(fallback_, std::move(request));
  co_return http_problem(404, "nothing is here");
}

std::optional<HttpResponse> HttpRouter::answer_at_once(HttpRequest& request) const {
  const auto route = std::ranges::find_if(
      routes_, [&](const HttpRoute& each) { return fits(each, request.target.path); });
  if (route == routes_.end() || !route->at_once || route->method != wanted_method(request))
    return {};
  request.parameters = *match_route(route->pattern, request.target.path);
  std::optional<HttpResponse> response = route->at_once(request);
  if (response) response->route = route->pattern;
  return response;
}

asio::awaitable<HttpResponse> HttpRouter::call(const HttpRoute& route, HttpRequest request) const {
  HttpResponse response;
  const size_t limit = route.max_body_bytes;
  const bool too_large = request.body_bytes && *request.body_bytes > limit;
  HttpBodyPiece content;
  if (too_large || (request.body && limit == 0 && !route.body_in_pieces)) {
    content = tl::unexpected(HttpProblem{
        413, limit ? fmt::format("the body is larger than {} bytes", limit) : "no body is taken"});
  } else if (request.body && !route.body_in_pieces) {
    content = co_await read_whole_body(request.body, limit);
  }
  if (content) {
    if (!route.body_in_pieces) {
      request.content = std::move(*content);
      request.body.reset();
    }
    response = co_await route.handler(std::move(request));
  } else {
    response = http_problem(content.error());
  }
  response.route = route.pattern;
  co_return response;
}

}  // namespace longmen
