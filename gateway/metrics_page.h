// /metrics: the whole node's figures on one page. Asks the supervisor, which asks every role, and
// merges what comes (core/http/metrics_merge.h). When the supervisor is silent, the page holds the
// gateway's own figures and longmen_metrics_complete 0. Also the gateway's own figures about HTTP.
// Bound: kMaxOpenGathers pages at once. One thread: the io_context's.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <tuple>
#include <unordered_map>

#include "core/http/metrics_merge.h"
#include "net/http_router.h"
#include "net/http_server.h"

namespace longmen {

// longmen_http_requests_total{route,method,code},
// longmen_http_requests_by_protocol_total{protocol}, longmen_http_request_duration_seconds{route}
// and what else the server tells. A label is looked up in the registry once, not with each request.
class HttpMetrics {
 public:
  explicit HttpMetrics(prometheus::Registry& registry);

  void answered(const HttpAnswered& answered);
  void refused(std::string_view limit);
  void set_connections(size_t count) { connections_.Set(static_cast<double>(count)); }
  void set_relay_link(bool up) { relay_link_.Set(up ? 1 : 0); }

 private:
  struct Figures {
    prometheus::Counter& requests;
    prometheus::Counter& by_protocol;
    prometheus::Histogram& duration;
  };
  using Label = std::tuple<std::string, std::string, int, std::string>;
  const Figures& figures_of(const HttpAnswered& answered);

  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Counter>& protocols_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Family<prometheus::Counter>& refusals_;
  prometheus::Gauge& connections_;
  prometheus::Gauge& relay_link_;
  std::map<Label, Figures, std::less<>> figures_;  // by route, method, status, protocol
};

// The texts of the body of kGathered; nothing when it is malformed. `request` is its number. The
// texts refer to `body`.
std::optional<std::vector<RoleMetrics>> read_gathered(ByteSpan body, uint64_t& request);

class MetricsPage {
 public:
  static constexpr size_t kMaxOpenGathers = 8;
  static constexpr std::chrono::milliseconds kDeadline{2'000};

  // `gather` sends kGather with that number; false: it cannot. `own` gives the gateway's own text.
  MetricsPage(boost::asio::io_context& io, std::function<bool(uint64_t)> gather,
              std::function<std::string()> own, std::chrono::milliseconds deadline = kDeadline);

  void add_routes(HttpRouter& router);
  void on_gathered(ByteSpan body);

 private:
  struct Question;
  boost::asio::awaitable<HttpResponse> show(HttpRequest request);

  boost::asio::io_context& io_;
  std::function<bool(uint64_t)> gather_;
  std::function<std::string()> own_;
  std::chrono::milliseconds deadline_;
  std::unordered_map<uint64_t, std::shared_ptr<Question>> open_;
  uint64_t last_number_ = 0;
};

}  // namespace longmen
