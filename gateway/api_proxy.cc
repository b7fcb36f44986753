#include "gateway/api_proxy.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kTable = "/api/v1/sites/import";
constexpr const char* kSlates = "/api/v1/channels/{channel}/slates";

// Keeps the bound that the router keeps for whole bodies.
class BoundedBody : public HttpBody {
 public:
  BoundedBody(std::shared_ptr<HttpBody> body, size_t limit_bytes)
      : body_(std::move(body)), left_(limit_bytes) {}
  boost::asio::awaitable<HttpBodyPiece> read() override {
    HttpBodyPiece piece = co_await body_->read();
    if (piece && piece->size() > left_)
      co_return tl::unexpected(HttpProblem{413, "the body is too large"});
    if (piece) left_ -= piece->size();
    co_return piece;
  }

 private:
  std::shared_ptr<HttpBody> body_;
  size_t left_;
};

// Where control hashes a password, or asks a provider of sign-ins, before it answers.
bool takes_longer(const HttpRequest& request) {
  if (request.target.path.starts_with("/api/v1/oidc/")) return true;
  if (request.method == "GET" || request.method == "HEAD") return false;
  constexpr std::array<std::string_view, 4> kBeginnings{"/api/v1/sign-in", "/api/v1/links/redeem",
                                                        "/api/v1/me/", "/api/v1/accounts"};
  return std::any_of(kBeginnings.begin(), kBeginnings.end(), [&](std::string_view beginning) {
    return request.target.path.starts_with(beginning);
  });
}

// What pages show of a node to anybody.
bool is_for_all(const HttpRequest& request) {
  constexpr std::array<std::string_view, 5> kPaths{"/api/v1/channels", "/api/v1/guide",
                                                   "/api/v1/recordings", "/api/v1/library",
                                                   "/api/v1/library/facets"};
  return request.method == "GET" && !request.body && request.fields.value("Cookie").empty() &&
         request.fields.value("Authorization").empty() &&
         std::ranges::find(kPaths, request.target.path) != kPaths.end();
}

}  // namespace

HttpFields forwarded_fields(const HttpRequest& request) {
  HttpFields fields = request.fields;
  remove_hop_by_hop_fields(fields);
  constexpr std::array<std::string_view, 4> kOurs{"Expect", "Content-Length", "Forwarded",
                                                  "X-Real-IP"};
  for (std::string_view name : kOurs)
    fields.remove(name);
  fields.set("X-Forwarded-For", request.client_address);
  fields.set("X-Forwarded-Proto", request.secure ? "https" : "http");
  fields.set("X-Forwarded-Host", request.fields.value("Host"));
  return fields;
}

HttpResponse passed_back(HttpClientResponse& answer) {
  HttpResponse response;
  response.status = answer.status;
  response.fields = std::move(answer.fields);
  remove_hop_by_hop_fields(response.fields);
  response.fields.remove("Content-Length");
  response.fields.remove("Date");
  return response;
}

HttpClientLimits ApiProxy::default_limits() {
  HttpClientLimits limits;
  limits.connect = 2s;
  limits.response_header = 5s;
  return limits;
}

void ApiProxy::add_routes(HttpRouter& router) {
  add_route(router, std::string(kTable), kMaxTableBytes);
  add_route(router, kSlates, kMaxSlateFileBytes);
  add_route(router, "/api/*", kMaxBodyBytes);
}

void ApiProxy::add_route(HttpRouter& router, std::string pattern, size_t max_body_bytes) {
  HttpRoute route;
  route.pattern = std::move(pattern);
  route.method = "*";
  route.max_body_bytes = max_body_bytes;
  route.body_in_pieces = true;
  route.handler = [this, max_body_bytes](HttpRequest request) {
    return answer(std::move(request), max_body_bytes);
  };
  router.add(std::move(route));
}

boost::asio::awaitable<HttpResponse> ApiProxy::answer(HttpRequest request, size_t max_body_bytes) {
  if (!is_for_all(request)) co_return co_await pass_on(std::move(request), max_body_bytes);
  const std::string what =
      fmt::format("{} {} {}", request.target.origin_form(), request.secure ? "https" : "http",
                  request.fields.value("Host"));
  const SharedAnswers::Ask ask = [this, request = std::move(request), max_body_bytes] {
    return pass_on(request, max_body_bytes);
  };
  co_return co_await shared_.answer(what, ask);
}

boost::asio::awaitable<HttpResponse> ApiProxy::pass_on(HttpRequest request, size_t max_body_bytes) {
  HttpClientRequest onward;
  onward.method = request.method;
  onward.target = request.target.origin_form();
  onward.fields = forwarded_fields(request);
  if (request.body) {
    onward.stream = std::make_shared<BoundedBody>(request.body, max_body_bytes);
    onward.stream_bytes = request.body_bytes;
  }
  HttpEndpoint control;
  control.abstract_socket = socket_;
  HttpClientLimits limits = limits_;
  if (takes_longer(request)) limits.response_header = password_answer_;
  if (request.target.path == kTable) limits.response_header = kTableAnswer;
  if (max_body_bytes == kMaxSlateFileBytes && request.body) limits.response_header = kSlateAnswer;
  auto answer = co_await http_fetch(control, std::move(onward), limits);
  if (!answer) {
    const HttpProblem& problem = answer.error();
    if (problem.status < 500) co_return http_problem(problem);  // the client's own body
    spdlog::warn("control does not answer {}: {}", request.target.path, problem.words);
    const bool late = problem.status == 504;
    co_return http_problem_for_now(
        503,
        late && request.method != "GET"
            ? "control has not answered in time; look first whether it was done all the same"
            : "control is away; what is on air goes on",
        kRetryAfterSeconds);
  }
  HttpResponse response = passed_back(*answer);
  response.stream = std::move(answer->body);
  response.stream_bytes = answer->body_bytes;
  co_return response;
}

}  // namespace longmen
