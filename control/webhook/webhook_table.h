// Webhooks: addresses that are told of notices, each with its secret and what it wants to know; and
// what can be done with them, each with its row of the audit, in which no secret stands. The secret
// is kept as it is, since it signs. Inside the caller's transaction; every function throws as SOCI
// does. Bound: kMaxWebhooks.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "control/decided.h"
#include "control/row_version.h"
#include "control/schedule_context.h"
#include "control/webhook/notice.h"

namespace longmen {

inline constexpr int kMaxWebhooks = 20;
inline constexpr std::string_view kWebhookSecretPrefix = "whsec_";

struct Webhook {
  std::string id;
  std::string url;
  std::string secret;
  std::vector<std::string> kinds;     // empty: all
  std::vector<std::string> channels;  // empty: all, and what is of no channel
  bool enabled = true;
  RowVersion row;

  bool wants(const Notice& notice) const;
};
// Without the secret.
boost::json::object webhook_to_json(const Webhook& webhook);

class WebhookTable {
 public:
  explicit WebhookTable(soci::session& sql) : sql_(sql) {}
  std::vector<Webhook> all();  // the oldest first
  std::optional<Webhook> by_id(const std::string& id);
  void insert(const Webhook& webhook);
  void update(const Webhook& webhook);
  void remove(const std::string& id);

 private:
  std::vector<Webhook> select(const std::string& condition, const std::string& value);
  soci::session& sql_;
};

struct WebhookWish {
  std::optional<std::string> url;
  std::optional<std::vector<std::string>> kinds, channels;
  std::optional<bool> enabled;
  std::optional<bool> new_secret;  // true: another one
};
Decided<Webhook> create_webhook(soci::session& sql, const ScheduleContext& context,
                                const WebhookWish& wish);
Decided<Webhook> change_webhook(soci::session& sql, const ScheduleContext& context,
                                const std::string& id, const SeenVersion& seen,
                                const WebhookWish& wish);
Decided<Webhook> remove_webhook(soci::session& sql, const ScheduleContext& context,
                                const std::string& id, const SeenVersion& seen);

}  // namespace longmen
