#include "control/webhook/webhook_sender.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "control/json_response.h"
#include "control/webhook/webhook_call.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr size_t kMaxWordsBytes = 300;

uint32_t random_number(const RandomBytes& random) {
  std::array<uint8_t, 4> bytes{};
  random(bytes);
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

// What became of it, by the answer.
Delivery outcome_of_try(Delivery delivery, const Result<WebAnswer>& answer, int64_t now_ms,
                        uint32_t random) {
  delivery.tried_ms = now_ms;
  delivery.status = answer ? answer->status : 0;
  delivery.words = answer ? "" : answer.error().message.substr(0, kMaxWordsBytes);
  if (delivery.status >= 200 && delivery.status < 300) {
    delivery.state = "done";
    return delivery;
  }
  if (delivery.status >= 300 && delivery.status < 400) delivery.words = "no redirect is followed";
  delivery.next_ms = now_ms + retry_after(delivery.tries, random).count();
  if (delivery.next_ms - delivery.at_ms > kTriedFor.count()) delivery.state = "failed";
  return delivery;
}

}  // namespace

WebhookSender::WebhookSender(asio::io_context& io, StoreThread& store, StudioClock clock,
                             RandomBytes random, WebFetch fetch, prometheus::Registry* metrics)
    : io_(io),
      store_(store),
      clock_(std::move(clock)),
      random_(std::move(random)),
      fetch_(std::make_shared<const WebFetch>(std::move(fetch))),
      timer_(io),
      threads_(io, kThreads, kMaxWebhooks) {
  if (!metrics) return;
  tries_metric_ = &prometheus::BuildCounter()
                       .Name("longmen_webhook_tries_total")
                       .Help("Tries to tell a webhook of something, by what came of them")
                       .Register(*metrics);
  for (const char* result : {"done", "retry", "failed"})
    tries_metric_->Add({{"result", result}});
  lost_metric_ = &prometheus::BuildCounter()
                      .Name("longmen_webhook_notices_lost_total")
                      .Help("What webhooks were to be told and the database did not take")
                      .Register(*metrics)
                      .Add({});
}

void WebhookSender::count(const char* result) {
  if (tries_metric_) tries_metric_->Add({{"result", result}}).Increment();
}

bool WebhookSender::is_due(const NoticeBoard& board, int64_t now_ms) const {
  const bool long_ago =
      now_ms - looked_ms_ >= std::chrono::milliseconds(kLookEvery).count() || now_ms < looked_ms_;
  const bool notes = webhooks_ > 0 && board.has_news();
  return look_again_ || long_ago || notes || (next_ms_ && *next_ms_ <= now_ms);
}

asio::awaitable<void> WebhookSender::run(NoticeBoard& board) {
  while (!stopping_) {
    if (is_due(board, clock_.wall_ms())) {
      const Result<void> looked = co_await look(board);
      if (!looked) log_store_problem(looked.error());
      if (!looked) look_again_ = false;  // with the next second
    }
    timer_.expires_after(look_again_ ? kSpacing : std::chrono::milliseconds(1s));
    boost::system::error_code woken;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (!woken || stopping_) continue;
    // Somebody woke it; what comes in a burst is written down together.
    timer_.expires_after(kSpacing);
    look_again_ = true;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

asio::awaitable<Result<void>> WebhookSender::look(NoticeBoard& board) {
  const int64_t now_ms = clock_.wall_ms();
  look_again_ = false;
  looked_ms_ = now_ms;
  // Without webhooks nothing is written; the marks wait in the board for the first one.
  std::vector<Notice> notices;
  NoticeBoard::Marks changed;
  const bool first_webhook = webhooks_ == 0;
  if (board.begun()) {
    notices = board.take();
    changed = first_webhook ? board.marks() : board.take_changed();
  }
  const bool forget = now_ms - forgot_ms_ >= std::chrono::milliseconds(kForgetEvery).count();
  if (forget) forgot_ms_ = now_ms;
  const auto work = [notices, changed, busy = busy_, now_ms, forget,
                     begin = !board.begun()](Store& store) -> Result<Looked> {
    return store.database().write("webhooks", [&](soci::session& sql) -> Result<Looked> {
      Looked looked;
      DeliveryTable deliveries(sql);
      if (begin) looked.marks = deliveries.marks();
      const auto webhooks = WebhookTable(sql).all();
      looked.webhooks = static_cast<int>(webhooks.size());
      if (webhooks.empty()) return looked;
      deliveries.set_marks(changed);
      for (const Notice& notice : notices)
        deliveries.add(notice, webhooks, now_ms);
      if (forget) deliveries.forget_old(now_ms);
      for (const Webhook& webhook : webhooks) {
        if (!webhook.enabled || busy.contains(webhook.id)) continue;
        if (auto due = deliveries.claim(webhook.id, now_ms))
          looked.tries.push_back({webhook, std::move(*due)});
      }
      looked.next_ms = deliveries.next_due();
      return looked;
    });
  };
  auto looked = co_await store_.run(work);
  if (!looked) {
    if (board.begun()) board.put_back(std::move(notices), std::move(changed));
    co_return tl::unexpected(looked.error());
  }
  if (!board.begun()) board.begin(std::move(looked->marks));
  webhooks_ = looked->webhooks;
  next_ms_ = looked->next_ms;
  if (lost_metric_) lost_metric_->Increment(static_cast<double>(board.lost() - lost_));
  lost_ = board.lost();
  for (Try& one : looked->tries) {
    busy_.insert(one.webhook.id);
    asio::co_spawn(io_, send(std::move(one)), asio::detached);
  }
  co_return Result<void>();
}

asio::awaitable<void> WebhookSender::send(Try one) {
  const auto fetch = [fetch = fetch_, one, now_ms = clock_.wall_ms()]() -> Result<WebAnswer> {
    WebRequest request;
    request.url = one.webhook.url;
    request.fields = webhook_fields(one.webhook.secret, one.delivery.notice, one.delivery.kind,
                                    one.delivery.body, now_ms);
    request.form = one.delivery.body;
    request.refuse_link_local = true;
    return (*fetch)(request);
  };
  const auto fetched = co_await threads_.run(fetch);
  const Result<WebAnswer> answer =
      fetched ? *fetched : Result<WebAnswer>(fail(fetched.error().words));
  const Delivery done =
      outcome_of_try(one.delivery, answer, clock_.wall_ms(), random_number(random_));
  const bool good = done.state == "done";
  count(good ? "done" : done.state == "failed" ? "failed" : "retry");
  if (!good) {
    spdlog::warn("a webhook was not reached webhook={} kind={} status={} tries={} {}: {}",
                 one.webhook.id, done.kind, done.status, done.tries,
                 done.state == "failed" ? "given up" : "tried again", done.words);
  }
  const auto keep = [done](Store& store) -> Result<void> {
    return store.database().write("webhooks", [&](soci::session& sql) -> Result<void> {
      DeliveryTable(sql).settle(done);
      return {};
    });
  };
  // Of a database that is away: the try is made again when its claim ends.
  const Result<void> kept = co_await store_.run(keep);
  if (!kept) log_store_problem(kept.error());
  busy_.erase(one.webhook.id);
  look_again_ = true;
  wake();
}

}  // namespace longmen
