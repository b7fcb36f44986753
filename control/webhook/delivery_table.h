// What waits to be sent to webhooks, and what became of what was: a row a notice and webhook,
// written when it happened, so that neither a death of control nor a receiver that is away loses
// it. A try claims its row until a moment at which another node, or this one started again, tries
// once more. Also the marks of what was told last (control/webhook/notice_board.h). Inside the
// caller's transaction; every function throws as SOCI does.
// Bounds: kMaxWaitingDeliveries and kKeptDeliveries of a webhook; kDeliveryLife.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "control/webhook/notice_board.h"
#include "control/webhook/webhook_table.h"

namespace longmen {

inline constexpr int kMaxWaitingDeliveries = 2000;
inline constexpr int kKeptDeliveries = 500;  // that are over
inline constexpr std::chrono::hours kDeliveryLife{14 * 24};
inline constexpr int kMaxDeliveryPage = 100;
// A try takes less.
inline constexpr std::chrono::seconds kClaimedFor{60};

struct Delivery {
  int64_t number = 0;
  std::string webhook;
  std::string notice;  // its id
  std::string kind, channel;
  std::string body;
  int64_t at_ms = 0;  // of the notice
  std::string state;  // "waiting", "done", "failed"
  int tries = 0;
  int64_t next_ms = 0;   // of those that wait
  int64_t tried_ms = 0;  // last; 0: not yet
  int status = 0;        // of the last answer; 0: there was none
  std::string words;     // what was wrong at the last try
};
boost::json::object delivery_to_json(const Delivery& delivery);

class DeliveryTable {
 public:
  explicit DeliveryTable(soci::session& sql) : sql_(sql) {}

  // To each of those that want it; once, whoever notes it.
  void add(const Notice& notice, const std::vector<Webhook>& webhooks, int64_t now_ms);
  // To that one, whatever it wants.
  void add_to(const Notice& notice, const std::string& webhook, int64_t now_ms);
  // The one that is due first, which is claimed.
  std::optional<Delivery> claim(const std::string& webhook, int64_t now_ms);
  void settle(const Delivery& delivery);
  // When the next one is due of those that wait.
  std::optional<int64_t> next_due();
  int waiting(const std::string& webhook);
  std::optional<Delivery> last_tried(const std::string& webhook);
  // The latest first, below `before` when it is above zero.
  std::vector<Delivery> page(const std::string& webhook, int64_t before, int limit);
  // What is too old or too much; what waits too long is given up.
  void forget_old(int64_t now_ms);

  NoticeBoard::Marks marks();
  void set_marks(const NoticeBoard::Marks& marks);

 private:
  std::vector<Delivery> select(const std::string& rest, const std::string& webhook, int64_t number);
  soci::session& sql_;
};

}  // namespace longmen
