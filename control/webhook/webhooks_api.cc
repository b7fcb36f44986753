#include "control/webhook/webhooks_api.h"

#include <boost/json/array.hpp>

#include "control/body_fields.h"
#include "control/json_action.h"
#include "control/webhook/delivery_table.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

Decided<WebhookWish> webhook_wish(const HttpRequest& request) {
  const auto body = json_body(request);
  if (!body) return tl::unexpected(body.error());
  WebhookWish wish;
  BodyFields fields(*body);
  fields.read("url", wish.url);
  fields.read("kinds", wish.kinds);
  fields.read("channels", wish.channels);
  fields.read("enabled", wish.enabled);
  fields.read("new_secret", wish.new_secret);
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  return wish;
}

Decided<json::object> as_json(const Decided<Webhook>& done, bool with_secret) {
  if (!done) return tl::unexpected(done.error());
  json::object object = webhook_to_json(*done);
  if (with_secret) object["secret"] = done->secret;
  return object;
}

}  // namespace

void WebhooksApi::add_routes(HttpRouter& router) {
  constexpr auto kManage = Permission::kManageChannels;
  const std::string all = "/api/v1/webhooks", one = all + "/{id}";
  add_guarded(router, parts_, all, "GET", kManage, this, &WebhooksApi::list);
  add_guarded(router, parts_, all, "POST", kManage, this, &WebhooksApi::create);
  add_guarded(router, parts_, one, "PATCH", kManage, this, &WebhooksApi::change);
  add_guarded(router, parts_, one, "DELETE", kManage, this, &WebhooksApi::remove);
  add_guarded(router, parts_, one + "/deliveries", "GET", kManage, this, &WebhooksApi::deliveries);
  add_guarded(router, parts_, one + "/test", "POST", kManage, this, &WebhooksApi::test);
}

asio::awaitable<HttpResponse> WebhooksApi::list(Caller, HttpRequest) {
  const ActionInTransaction read = [](soci::session& sql) -> Decided<json::object> {
    json::array list, kinds;
    DeliveryTable deliveries(sql);
    for (const Webhook& webhook : WebhookTable(sql).all()) {
      json::object object = webhook_to_json(webhook);
      object["waiting"] = deliveries.waiting(webhook.id);
      const auto last = deliveries.last_tried(webhook.id);
      object["last"] = last ? json::value(delivery_to_json(*last)) : json::value(nullptr);
      list.push_back(std::move(object));
    }
    for (const std::string_view kind : kNoticeKinds)
      kinds.emplace_back(kind);
    return json::object{{"webhooks", std::move(list)}, {"kinds", std::move(kinds)}};
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> WebhooksApi::create(Caller caller, HttpRequest request) {
  const auto wish = webhook_wish(request);
  if (!wish) co_return refusal(wish.error());
  auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  once->secret = "secret";
  const ActionInTransaction act = [context = context_of(parts_, caller),
                                   wish = *wish](soci::session& sql) {
    return as_json(create_webhook(sql, context, wish), true);
  };
  HttpResponse response = co_await answer_action(parts_, caller, *once, act);
  sender_.wake();
  co_return response;
}

asio::awaitable<HttpResponse> WebhooksApi::change(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto wish = webhook_wish(request);
  if (!wish) co_return refusal(wish.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen, wish = *wish](soci::session& sql) {
    return as_json(change_webhook(sql, context, id, seen, wish), wish.new_secret.value_or(false));
  };
  HttpResponse response = co_await answer_change(parts_, caller, act);
  sender_.wake();
  co_return response;
}

asio::awaitable<HttpResponse> WebhooksApi::remove(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen](soci::session& sql) {
    return as_json(remove_webhook(sql, context, id, seen), false);
  };
  co_return co_await answer_change(parts_, caller, act);
}

asio::awaitable<HttpResponse> WebhooksApi::deliveries(Caller, HttpRequest request) {
  const auto before = query_number(request, "before", 0);
  if (!before) co_return refusal(before.error());
  const ActionInTransaction read =
      [id = request.parameters[0], before = *before,
       limit = page_limit(request, kMaxDeliveryPage)](soci::session& sql) -> Decided<json::object> {
    if (!WebhookTable(sql).by_id(id)) return refuse(404, "there is no such webhook");
    json::array list;
    const auto page = DeliveryTable(sql).page(id, before, limit);
    for (const Delivery& delivery : page)
      list.push_back(delivery_to_json(delivery));
    const bool more = static_cast<int>(page.size()) == limit;
    return json::object{{"deliveries", std::move(list)},
                        {"next", more ? json::value(page.back().number) : json::value(nullptr)}};
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> WebhooksApi::test(Caller caller, HttpRequest request) {
  const ActionInTransaction act =
      [context = context_of(parts_, caller),
       id = request.parameters[0]](soci::session& sql) -> Decided<json::object> {
    const auto webhook = WebhookTable(sql).by_id(id);
    if (!webhook) return refuse(404, "there is no such webhook");
    if (!webhook->enabled) return refuse(409, "the webhook is switched off");
    const int64_t now_ms = context.actor.now_ms;
    const Notice notice{notice_id("test " + make_token(context.random)),
                        "test",
                        "",
                        "",
                        now_ms,
                        context.actor.name,
                        "",
                        {}};
    DeliveryTable(sql).add_to(notice, id, now_ms);
    append_audit(sql, context.actor, "webhook.test", id, "", "");
    return json::object{{"notice", notice.id}};
  };
  HttpResponse response = co_await answer_change(parts_, caller, act);
  sender_.wake();
  co_return response;
}

}  // namespace longmen
