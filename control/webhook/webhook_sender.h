// Writes notices down for the webhooks that want them, and sends what is due: one try at a time to
// each webhook, on threads that may wait, so that a receiver that is slow holds up neither another
// one nor anything else of control. What fails is tried again by control/webhook/webhook_call.h.
// It decides nothing of what is told (control/studio_news.h does). Bounds: kThreads tries at a
// time, kMaxWebhooks in all. One thread: the io_context's.
#pragma once

#include <prometheus/registry.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>

#include "control/oidc/web_fetch.h"
#include "control/store_thread.h"
#include "control/studio_clock.h"
#include "control/webhook/delivery_table.h"
#include "control/work_thread.h"

namespace longmen {

class WebhookSender {
 public:
  static constexpr int kThreads = 4;
  static constexpr std::chrono::seconds kLookEvery{5};  // what another node, or a restore, changed
  static constexpr std::chrono::milliseconds kSpacing{100};
  static constexpr std::chrono::hours kForgetEvery{1};

  // `board` outlives it, as the store does. `metrics` may be null.
  WebhookSender(boost::asio::io_context& io, StoreThread& store, StudioClock clock,
                RandomBytes random, WebFetch fetch, prometheus::Registry* metrics);

  // What is noted there is sent. Whoever adds to it says so.
  void wake() { timer_.cancel(); }
  // Until stop().
  boost::asio::awaitable<void> run(NoticeBoard& board);
  void stop() {
    stopping_ = true;
    timer_.cancel();
  }
  // Waits for the tries that are under way.
  void join() { threads_.join(); }

  // One look: notes are written down, tries begin.
  boost::asio::awaitable<Result<void>> look(NoticeBoard& board);
  bool has_webhooks() const { return webhooks_ > 0; }
  size_t tries_under_way() const { return busy_.size(); }

 private:
  struct Try {
    Webhook webhook;
    Delivery delivery;
  };
  struct Looked {
    int webhooks = 0;
    std::vector<Try> tries;
    std::optional<int64_t> next_ms;
    NoticeBoard::Marks marks;  // at the first look
  };
  boost::asio::awaitable<void> send(Try one);
  bool is_due(const NoticeBoard& board, int64_t now_ms) const;
  void count(const char* result);

  boost::asio::io_context& io_;
  StoreThread& store_;
  const StudioClock clock_;
  const RandomBytes random_;
  const std::shared_ptr<const WebFetch> fetch_;
  prometheus::Family<prometheus::Counter>* tries_metric_ = nullptr;
  prometheus::Counter* lost_metric_ = nullptr;
  uint64_t lost_ = 0;
  boost::asio::steady_timer timer_;
  std::set<std::string> busy_;  // webhooks to which a try is under way
  int webhooks_ = 0;
  std::optional<int64_t> next_ms_;
  int64_t looked_ms_ = 0, forgot_ms_ = 0;
  bool look_again_ = true;
  bool stopping_ = false;
  WorkThread threads_;
};

}  // namespace longmen
