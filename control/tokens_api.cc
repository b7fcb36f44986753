#include "control/tokens_api.h"

#include <boost/json/array.hpp>

#include "control/act.h"
#include "control/api_token.h"
#include "control/body_fields.h"
#include "control/json_action.h"
#include "control/once_without_password.h"
#include "control/own_password.h"
#include "core/base/sha256.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

Decided<ApiTokenWish> token_wish_of(const json::object& body) {
  std::optional<std::string> label, password;
  std::optional<std::vector<std::string>> scopes;
  std::optional<int64_t> days;
  BodyFields fields(body);
  fields.read("label", label);
  fields.read("scopes", scopes);
  fields.read("days", days);
  fields.read("password", password);  // own_password.h reads it
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  return ApiTokenWish{label.value_or(""), scopes.value_or(std::vector<std::string>()),
                      days.value_or(0)};
}

}  // namespace

void TokensApi::add_routes(HttpRouter& router) {
  constexpr auto kManage = Permission::kManageAccounts;
  const std::string own = "/api/v1/me/tokens", all = "/api/v1/tokens";
  add_guarded(router, parts_, own, "GET", std::nullopt, this, &TokensApi::list_own);
  add_guarded(router, parts_, own, "POST", std::nullopt, this, &TokensApi::create);
  add_guarded(router, parts_, own + "/{id}", "DELETE", std::nullopt, this, &TokensApi::remove_own);
  add_guarded(router, parts_, all, "GET", kManage, this, &TokensApi::list);
  add_guarded(router, parts_, all + "/{id}", "DELETE", kManage, this, &TokensApi::remove);
}

asio::awaitable<HttpResponse> TokensApi::list_of(std::string account) {
  const ActionInTransaction read =
      [account, now_ms = parts_.clock.wall_ms()](soci::session& sql) -> Decided<json::object> {
    json::array list;
    for (const ApiToken& token : ApiTokenTable(sql).valid(account, now_ms))
      list.push_back(api_token_to_json(token));
    json::object body;
    body["tokens"] = std::move(list);
    return body;
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> TokensApi::list_own(Caller caller, HttpRequest) {
  co_return co_await list_of(caller.account.id);
}

asio::awaitable<HttpResponse> TokensApi::list(Caller, HttpRequest) {
  co_return co_await list_of("");
}

asio::awaitable<HttpResponse> TokensApi::create(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const auto wish = token_wish_of(*body);
  if (!wish) co_return refusal(wish.error());
  auto once = once_key_without_password(caller, request, *body);
  if (!once) co_return refusal(once.error());
  once->secret = "token";
  auto refused = co_await ask_password(parts_, caller, *body);
  if (refused) co_return std::move(*refused);
  const std::string text = std::string(kTokenPrefix) + make_token(parts_.random);
  const ActionInTransaction act = [actor = caller.at(parts_.clock.wall_ms()),
                                   role = caller.account.role, wish = *wish,
                                   text](soci::session& sql) -> Decided<json::object> {
    const auto made = create_api_token(sql, actor, role, wish, sha256_hex(text));
    if (!made) return tl::unexpected(made.error());
    json::object shown = api_token_to_json(*made);
    shown["token"] = text;
    return shown;
  };
  co_return co_await answer_action(parts_, caller, *once, act);
}

asio::awaitable<HttpResponse> TokensApi::remove_of(Caller caller, std::string account,
                                                   std::string id) {
  const ActionInTransaction act = [actor = caller.at(parts_.clock.wall_ms()), account,
                                   id](soci::session& sql) -> Decided<json::object> {
    const auto removed = remove_api_token(sql, actor, account, id);
    if (!removed) return tl::unexpected(removed.error());
    return api_token_to_json(*removed);
  };
  co_return co_await answer_change(parts_, caller, act);
}

asio::awaitable<HttpResponse> TokensApi::remove_own(Caller caller, HttpRequest request) {
  const std::string account = caller.account.id;
  co_return co_await remove_of(std::move(caller), account, request.parameters[0]);
}

asio::awaitable<HttpResponse> TokensApi::remove(Caller caller, HttpRequest request) {
  const std::string any;
  co_return co_await remove_of(std::move(caller), any, request.parameters[0]);
}

}  // namespace longmen
