#include "control/webhook/webhook_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "control/channel_table.h"
#include "control/secret.h"
#include "control/webhook/webhook_call.h"

namespace longmen {
namespace json = boost::json;
namespace {

std::string in_one(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

std::vector<std::string> taken_apart(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return words;
}

bool is_among(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string shown(const Webhook& webhook) {
  return json::serialize(webhook_to_json(webhook));
}

std::string make_secret(const RandomBytes& random) {
  return std::string(kWebhookSecretPrefix) + make_token(random);
}

Decided<bool> check(soci::session& sql, Webhook& webhook) {
  if (const auto fault = fault_of_webhook_url(webhook.url)) return refuse(422, *fault);
  for (std::vector<std::string>* words : {&webhook.kinds, &webhook.channels}) {
    const std::set<std::string> once(words->begin(), words->end());
    words->assign(once.begin(), once.end());
  }
  for (const std::string& kind : webhook.kinds) {
    if (!is_notice_kind(kind))
      return refuse(422, fmt::format("kinds: {} are allowed", fmt::join(kNoticeKinds, ", ")));
  }
  ChannelTable channels(sql);
  if (webhook.channels.size() > kMaxChannels) return refuse(422, "channels: too many");
  for (const std::string& channel : webhook.channels) {
    if (!channels.version_of(channel))
      return refuse(422, fmt::format("channels: there is no channel \"{}\"", channel));
  }
  return true;
}

Decided<Webhook> no_webhook() {
  return refuse(404, "there is no such webhook");
}

json::array as_array(const std::vector<std::string>& words) {
  json::array list;
  for (const std::string& word : words)
    list.emplace_back(word);
  return list;
}

}  // namespace

bool Webhook::wants(const Notice& notice) const {
  if (!enabled) return false;
  if (!kinds.empty() && !is_among(kinds, notice.kind)) return false;
  return channels.empty() || is_among(channels, notice.channel);
}

json::object webhook_to_json(const Webhook& webhook) {
  return {{"id", webhook.id},
          {"url", webhook.url},
          {"kinds", as_array(webhook.kinds)},
          {"channels", as_array(webhook.channels)},
          {"enabled", webhook.enabled},
          {"version", webhook.row.version},
          {"changed_ms", webhook.row.changed_ms},
          {"changed_by", webhook.row.changed_by}};
}

std::vector<Webhook> WebhookTable::select(const std::string& condition, const std::string& value) {
  std::vector<Webhook> found;
  Webhook row;
  std::string kinds, channels;
  int enabled = 0;
  soci::statement rows =
      (sql_.prepare << "SELECT id, url, secret, kinds, channels, enabled, version, changed_ms,"
                       " changed_by FROM webhooks WHERE "
                    << condition << " ORDER BY created_ms, id",
       soci::use(value), soci::into(row.id), soci::into(row.url), soci::into(row.secret),
       soci::into(kinds), soci::into(channels), soci::into(enabled), soci::into(row.row.version),
       soci::into(row.row.changed_ms), soci::into(row.row.changed_by));
  rows.execute();
  while (rows.fetch()) {
    row.kinds = taken_apart(kinds);
    row.channels = taken_apart(channels);
    row.enabled = enabled != 0;
    found.push_back(row);
  }
  return found;
}

std::vector<Webhook> WebhookTable::all() {
  return select("id <> :v", "");
}

std::optional<Webhook> WebhookTable::by_id(const std::string& id) {
  auto found = select("id = :v", id);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void WebhookTable::insert(const Webhook& webhook) {
  const std::string kinds = in_one(webhook.kinds), channels = in_one(webhook.channels);
  const int enabled = webhook.enabled ? 1 : 0;
  sql_ << "INSERT INTO webhooks (id, url, secret, kinds, channels, enabled, created_ms, version,"
          " changed_ms, changed_by) VALUES (:id, :url, :secret, :kinds, :channels, :enabled,"
          " :created, :version, :changed_ms, :changed_by)",
      soci::use(webhook.id), soci::use(webhook.url), soci::use(webhook.secret), soci::use(kinds),
      soci::use(channels), soci::use(enabled), soci::use(webhook.row.changed_ms),
      soci::use(webhook.row.version), soci::use(webhook.row.changed_ms),
      soci::use(webhook.row.changed_by);
}

void WebhookTable::update(const Webhook& webhook) {
  const std::string kinds = in_one(webhook.kinds), channels = in_one(webhook.channels);
  const int enabled = webhook.enabled ? 1 : 0;
  sql_ << "UPDATE webhooks SET url = :url, secret = :secret, kinds = :kinds, channels = :channels,"
          " enabled = :enabled, version = :version, changed_ms = :changed_ms,"
          " changed_by = :changed_by WHERE id = :id",
      soci::use(webhook.url), soci::use(webhook.secret), soci::use(kinds), soci::use(channels),
      soci::use(enabled), soci::use(webhook.row.version), soci::use(webhook.row.changed_ms),
      soci::use(webhook.row.changed_by), soci::use(webhook.id);
}

void WebhookTable::remove(const std::string& id) {
  sql_ << "DELETE FROM webhooks WHERE id = :id", soci::use(id);
}

Decided<Webhook> create_webhook(soci::session& sql, const ScheduleContext& context,
                                const WebhookWish& wish) {
  WebhookTable table(sql);
  Webhook webhook;
  webhook.id = make_id(context.random);
  webhook.url = wish.url.value_or("");
  webhook.secret = make_secret(context.random);
  webhook.kinds = wish.kinds.value_or(std::vector<std::string>());
  webhook.channels = wish.channels.value_or(std::vector<std::string>());
  webhook.enabled = wish.enabled.value_or(true);
  webhook.row = RowVersion::first(context.actor);
  if (auto checked = check(sql, webhook); !checked) return tl::unexpected(checked.error());
  if (table.all().size() >= kMaxWebhooks)
    return refuse(409,
                  fmt::format("there are {} webhooks, and no more are possible", kMaxWebhooks));
  table.insert(webhook);
  append_audit(sql, context.actor, "webhook.create", webhook.id, "", shown(webhook));
  return webhook;
}

Decided<Webhook> change_webhook(soci::session& sql, const ScheduleContext& context,
                                const std::string& id, const SeenVersion& seen,
                                const WebhookWish& wish) {
  WebhookTable table(sql);
  const auto found = table.by_id(id);
  if (!found) return no_webhook();
  if (auto stale = outdated(sql, seen, found->row, {"webhook", id}, context.settings.zone))
    return tl::unexpected(*stale);
  Webhook webhook = *found;
  webhook.url = wish.url.value_or(webhook.url);
  webhook.kinds = wish.kinds.value_or(webhook.kinds);
  webhook.channels = wish.channels.value_or(webhook.channels);
  webhook.enabled = wish.enabled.value_or(webhook.enabled);
  const bool new_secret = wish.new_secret.value_or(false);
  if (new_secret) webhook.secret = make_secret(context.random);
  if (auto checked = check(sql, webhook); !checked) return tl::unexpected(checked.error());
  webhook.row = found->row.next(context.actor);
  table.update(webhook);
  append_audit(sql, context.actor, new_secret ? "webhook.new_secret" : "webhook.change", id,
               shown(*found), shown(webhook));
  return webhook;
}

Decided<Webhook> remove_webhook(soci::session& sql, const ScheduleContext& context,
                                const std::string& id, const SeenVersion& seen) {
  WebhookTable table(sql);
  const auto found = table.by_id(id);
  if (!found) return no_webhook();
  if (auto stale = outdated(sql, seen, found->row, {"webhook", id}, context.settings.zone))
    return tl::unexpected(*stale);
  table.remove(id);
  append_audit(sql, context.actor, "webhook.remove", id, shown(*found), "");
  return *found;
}

}  // namespace longmen
