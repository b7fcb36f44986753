#include "control/webhook/delivery_table.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>

#include "control/or_null.h"
#include "control/webhook/webhook_call.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr const char* kGivenUp = "given up: it was tried for a day";
constexpr const char* kTooMany = "given up: too much waits for this webhook";

}  // namespace

json::object delivery_to_json(const Delivery& delivery) {
  return {{"number", delivery.number},
          {"notice", delivery.notice},
          {"kind", delivery.kind},
          {"channel", or_null(delivery.channel)},
          {"at_ms", delivery.at_ms},
          {"state", delivery.state},
          {"tries", delivery.tries},
          {"next_ms",
           delivery.state == "waiting" ? json::value(delivery.next_ms) : json::value(nullptr)},
          {"tried_ms", or_null(delivery.tried_ms)},
          {"status", or_null(int64_t{delivery.status})},
          {"words", delivery.words}};
}

std::vector<Delivery> DeliveryTable::select(const std::string& rest, const std::string& webhook,
                                            int64_t number) {
  std::vector<Delivery> found;
  Delivery row;
  soci::statement rows =
      (sql_.prepare << "SELECT number, webhook_id, notice_id, kind, channel, body, at_ms, state,"
                       " tries, next_ms, tried_ms, status, words FROM webhook_deliveries"
                       " WHERE webhook_id = :webhook AND "
                    << rest,
       soci::use(webhook), soci::use(number), soci::into(row.number), soci::into(row.webhook),
       soci::into(row.notice), soci::into(row.kind), soci::into(row.channel), soci::into(row.body),
       soci::into(row.at_ms), soci::into(row.state), soci::into(row.tries), soci::into(row.next_ms),
       soci::into(row.tried_ms), soci::into(row.status), soci::into(row.words));
  rows.execute();
  while (rows.fetch())
    found.push_back(row);
  return found;
}

void DeliveryTable::add(const Notice& notice, const std::vector<Webhook>& webhooks,
                        int64_t now_ms) {
  for (const Webhook& webhook : webhooks) {
    if (webhook.wants(notice)) add_to(notice, webhook.id, now_ms);
  }
}

void DeliveryTable::add_to(const Notice& notice, const std::string& webhook, int64_t now_ms) {
  if (waiting(webhook) >= kMaxWaitingDeliveries) {
    const std::string words = kTooMany;
    sql_ << "UPDATE webhook_deliveries SET state = 'failed', words = :words WHERE number ="
            " (SELECT MIN(number) FROM webhook_deliveries WHERE webhook_id = :webhook"
            " AND state = 'waiting')",
        soci::use(words), soci::use(webhook);
  }
  const std::string body = notice_to_json(notice);
  sql_ << "INSERT INTO webhook_deliveries (webhook_id, notice_id, kind, channel, body, at_ms,"
          " state, tries, next_ms, tried_ms, status, words) VALUES (:webhook, :notice, :kind,"
          " :channel, :body, :at, 'waiting', 0, :next, 0, 0, '')"
          " ON CONFLICT (webhook_id, notice_id) DO NOTHING",
      soci::use(webhook), soci::use(notice.id), soci::use(notice.kind), soci::use(notice.channel),
      soci::use(body), soci::use(notice.at_ms), soci::use(now_ms);
}

std::optional<Delivery> DeliveryTable::claim(const std::string& webhook, int64_t now_ms) {
  auto due = select("state = 'waiting' AND next_ms <= :number ORDER BY next_ms, number LIMIT 1",
                    webhook, now_ms);
  if (due.empty()) return std::nullopt;
  Delivery& delivery = due.front();
  ++delivery.tries;
  delivery.tried_ms = now_ms;
  delivery.next_ms = now_ms + std::chrono::milliseconds(kClaimedFor).count();
  settle(delivery);
  return std::move(delivery);
}

void DeliveryTable::settle(const Delivery& delivery) {
  sql_ << "UPDATE webhook_deliveries SET state = :state, tries = :tries, next_ms = :next,"
          " tried_ms = :tried, status = :status, words = :words WHERE number = :number",
      soci::use(delivery.state), soci::use(delivery.tries), soci::use(delivery.next_ms),
      soci::use(delivery.tried_ms), soci::use(delivery.status), soci::use(delivery.words),
      soci::use(delivery.number);
}

std::optional<int64_t> DeliveryTable::next_due() {
  int64_t next = 0;
  sql_ << "SELECT COALESCE(MIN(d.next_ms), 0) FROM webhook_deliveries d JOIN webhooks w ON"
          " w.id = d.webhook_id WHERE d.state = 'waiting' AND w.enabled = 1",
      soci::into(next);
  return next == 0 ? std::nullopt : std::optional(next);
}

int DeliveryTable::waiting(const std::string& webhook) {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM webhook_deliveries WHERE webhook_id = :w AND state = 'waiting'",
      soci::use(webhook), soci::into(count);
  return count;
}

std::optional<Delivery> DeliveryTable::last_tried(const std::string& webhook) {
  auto found = select("tried_ms > :number ORDER BY tried_ms DESC, number DESC LIMIT 1", webhook, 0);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Delivery> DeliveryTable::page(const std::string& webhook, int64_t before, int limit) {
  return select(fmt::format("number < :number ORDER BY number DESC LIMIT {}",
                            std::clamp(limit, 1, kMaxDeliveryPage)),
                webhook, before > 0 ? before : INT64_MAX);
}

void DeliveryTable::forget_old(int64_t now_ms) {
  const int64_t given_up = now_ms - (kTriedFor + kLongestRetry).count();
  const int64_t oldest = now_ms - std::chrono::milliseconds(kDeliveryLife).count();
  const std::string words = kGivenUp;
  // Of a webhook that is switched off.
  sql_ << "UPDATE webhook_deliveries SET state = 'failed', words = :words"
          " WHERE state = 'waiting' AND at_ms < :at AND next_ms < :next",
      soci::use(words), soci::use(given_up), soci::use(now_ms);
  sql_ << "DELETE FROM webhook_deliveries WHERE state <> 'waiting' AND at_ms < :at",
      soci::use(oldest);
  for (const Webhook& webhook : WebhookTable(sql_).all()) {
    sql_ << fmt::format(
        "DELETE FROM webhook_deliveries WHERE webhook_id = :w AND state <> 'waiting' AND number <"
        " (SELECT COALESCE(MIN(number), 0) FROM (SELECT number FROM webhook_deliveries WHERE"
        " webhook_id = :w2 AND state <> 'waiting' ORDER BY number DESC LIMIT {}) AS kept)",
        kKeptDeliveries),
        soci::use(webhook.id), soci::use(webhook.id);
  }
}

NoticeBoard::Marks DeliveryTable::marks() {
  NoticeBoard::Marks marks;
  std::string subject, value;
  soci::statement rows = (sql_.prepare << "SELECT subject, value FROM webhook_marks",
                          soci::into(subject), soci::into(value));
  rows.execute();
  while (rows.fetch())
    marks[subject] = value;
  return marks;
}

void DeliveryTable::set_marks(const NoticeBoard::Marks& marks) {
  for (const auto& [subject, value] : marks) {
    sql_ << "INSERT INTO webhook_marks (subject, value) VALUES (:subject, :value)"
            " ON CONFLICT (subject) DO UPDATE SET value = excluded.value",
        soci::use(subject), soci::use(value);
  }
}

}  // namespace longmen
