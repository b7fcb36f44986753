#include "gateway/metrics_page.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace longmen {
namespace asio = boost::asio;
namespace {

const prometheus::Histogram::BucketBoundaries kBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                       0.1,   0.25,   0.5,   1,    2.5,   5};

// Methods are the client's to invent; labels must not be.
std::string_view method_label(std::string_view method) {
  constexpr std::array<std::string_view, 7> kKnown{"GET",   "HEAD",   "POST",   "PUT",
                                                   "PATCH", "DELETE", "OPTIONS"};
  const bool known = std::find(kKnown.begin(), kKnown.end(), method) != kKnown.end();
  return known ? method : "other";
}

}  // namespace

HttpMetrics::HttpMetrics(prometheus::Registry& registry)
    : requests_(prometheus::BuildCounter()
                    .Name("longmen_http_requests_total")
                    .Help("HTTP requests answered")
                    .Register(registry)),
      protocols_(prometheus::BuildCounter()
                     .Name("longmen_http_requests_by_protocol_total")
                     .Help("HTTP requests answered, by what ALPN calls the protocol")
                     .Register(registry)),
      durations_(prometheus::BuildHistogram()
                     .Name("longmen_http_request_duration_seconds")
                     .Help("From the end of a request's header to the start of its response")
                     .Register(registry)),
      refusals_(prometheus::BuildCounter()
                    .Name("longmen_http_connections_refused_total")
                    .Help("HTTP connections turned away by a limit")
                    .Register(registry)),
      connections_(prometheus::BuildGauge()
                       .Name("longmen_http_connections")
                       .Help("HTTP connections open")
                       .Register(registry)
                       .Add({})),
      relay_link_(prometheus::BuildGauge()
                      .Name("longmen_gateway_relay_link_up")
                      .Help("Whether the gateway reaches the relay (1) or not (0)")
                      .Register(registry)
                      .Add({})) {}

const HttpMetrics::Figures& HttpMetrics::figures_of(const HttpAnswered& answered) {
  const std::string_view route = answered.route.empty() ? "none" : answered.route;
  const std::tuple label(route, method_label(answered.method), answered.status, answered.protocol);
  if (const auto found = figures_.find(label); found != figures_.end()) return found->second;
  const std::string name(route);
  const std::string method(method_label(answered.method));
  const std::string protocol(answered.protocol);
  const Figures figures{
      requests_.Add(
          {{"route", name}, {"method", method}, {"code", fmt::to_string(answered.status)}}),
      protocols_.Add({{"protocol", protocol}}), durations_.Add({{"route", name}}, kBuckets)};
  return figures_.emplace(Label(name, method, answered.status, protocol), figures).first->second;
}

void HttpMetrics::answered(const HttpAnswered& answered) {
  const Figures& figures = figures_of(answered);
  figures.requests.Increment();
  figures.by_protocol.Increment();
  figures.duration.Observe(std::chrono::duration<double>(answered.took).count());
}

void HttpMetrics::refused(std::string_view limit) {
  refusals_.Add({{"limit", std::string(limit)}}).Increment();
}

std::optional<std::vector<RoleMetrics>> read_gathered(ByteSpan body, uint64_t& request) {
  ByteReader reader(body);
  request = reader.u64();
  std::vector<RoleMetrics> roles;
  while (reader.ok() && !reader.at_end()) {
    // "relay", or "streamer/main" for a process of one channel.
    const std::string_view name = as_text(reader.take(reader.u8()));
    const std::string_view text = as_text(reader.take(reader.u32()));
    const size_t slash = std::min(name.find('/'), name.size());
    RoleMetrics role;
    role.role = name.substr(0, slash);
    role.channel = name.substr(std::min(slash + 1, name.size()));
    role.text = text;
    roles.push_back(std::move(role));
  }
  if (!reader.ok()) return std::nullopt;
  return roles;
}

struct MetricsPage::Question {
  explicit Question(asio::io_context& io) : timer(io) {}
  asio::steady_timer timer;
  std::optional<MergedMetrics> answer;
};

MetricsPage::MetricsPage(asio::io_context& io, std::function<bool(uint64_t)> gather,
                         std::function<std::string()> own, std::chrono::milliseconds deadline)
    : io_(io), gather_(std::move(gather)), own_(std::move(own)), deadline_(deadline) {}

void MetricsPage::add_routes(HttpRouter& router) {
  router.add({"/metrics", "GET", [this](HttpRequest request) { return show(std::move(request)); }});
}

asio::awaitable<HttpResponse> MetricsPage::show(HttpRequest) {
  if (open_.size() >= kMaxOpenGathers)
    co_return http_problem_for_now(503, "the figures are being collected for others", 1);
  const uint64_t number = ++last_number_;
  auto question = std::make_shared<Question>(io_);
  question->timer.expires_after(deadline_);
  open_.emplace(number, question);
  if (gather_(number)) {
    boost::system::error_code woken;
    co_await question->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  open_.erase(number);
  const bool complete = question->answer.has_value();
  if (!complete) {
    const std::string own = own_();
    question->answer = merge_metrics({{"gateway", "", own}});
  }
  HttpResponse response;
  response.fields.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.fields.set("Cache-Control", "no-store");
  response.content = std::move(question->answer->text);
  response.content += fmt::format(
      "# HELP longmen_metrics_complete Whether every role's figures are on this page\n"
      "# TYPE longmen_metrics_complete gauge\nlongmen_metrics_complete {}\n"
      "# HELP longmen_metrics_lines_left_out Lines of roles that did not fit the page\n"
      "# TYPE longmen_metrics_lines_left_out gauge\nlongmen_metrics_lines_left_out {}\n",
      complete ? 1 : 0, question->answer->left_out);
  co_return response;
}

void MetricsPage::on_gathered(ByteSpan body) {
  uint64_t number = 0;
  const auto roles = read_gathered(body, number);
  if (!roles) return spdlog::warn("the supervisor's metrics are malformed");
  const auto found = open_.find(number);
  if (found == open_.end() || found->second->answer) return;
  found->second->answer = merge_metrics(*roles);
  found->second->timer.cancel();
}

}  // namespace longmen
