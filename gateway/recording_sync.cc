#include "gateway/recording_sync.h"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace longmen {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr auto kEvery = 1s;
constexpr size_t kMaxResponseBytes = 8 << 20;

}  // namespace

void RecordingSync::configure(const std::string& node, const std::string& control_socket) {
  node_ = node;
  socket_ = control_socket;
  if (std::exchange(running_, true)) return;
  asio::co_spawn(io_, run(), asio::detached);
}

void RecordingSync::stop() {
  stopped_ = true;
  timer_.cancel();
}

asio::awaitable<void> RecordingSync::run() {
  while (!stopped_) {
    RecordingSyncRequest request;
    request.node = node_;
    request.known = known_;
    request.recorder = recorder_.report();
    request.recordings = recorder_.take_reports();
    const std::vector<RecordingReport> told = request.recordings;
    const Result<RecordingSyncResponse> response = co_await ask(std::move(request));
    if (stopped_) co_return;
    if (response) {
      for (const RecordingOrder& order : response->orders)
        recorder_.handle_order(order);
      // Another database, or an older copy of it: it does not know what is here, nor we what it
      // orders.
      if (response->newest < known_) {
        known_ = 0;
        recorder_.report_all();
      } else {
        known_ = response->newest;
      }
    } else {
      recorder_.give_back(told);
    }
    if (away_ == response.has_value()) {
      away_ = !response;
      if (away_) spdlog::info("control is told of recordings later: {}", response.error().message);
    }
    if (told.size() == kMaxReportsAtOnce && response) continue;
    timer_.expires_after(kEvery);
    boost::system::error_code woken;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

asio::awaitable<Result<RecordingSyncResponse>> RecordingSync::ask(RecordingSyncRequest request) {
  HttpEndpoint control;
  control.abstract_socket = socket_;
  HttpClientRequest post;
  post.method = "POST";
  post.target = "/local/v1/recordings";
  post.fields.set("Content-Type", "application/json");
  post.content = to_json(request);
  HttpClientLimits limits;
  auto response = co_await http_fetch(control, std::move(post), limits);
  if (!response) co_return fail(response.error().words);
  std::string text;
  if (response->body) {
    auto body = co_await read_whole_body(response->body, kMaxResponseBytes);
    if (!body) co_return fail(body.error().words);
    text = std::move(*body);
  }
  if (response->status != 200)
    co_return fail("control answers " + std::to_string(response->status));
  co_return recording_sync_response_from_json(text);
}

}  // namespace longmen
