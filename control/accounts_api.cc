#include "control/accounts_api.h"

#include <charconv>

#include "control/account_json.h"
#include "control/identity_table.h"
#include "control/json_action.h"
#include "control/new_account.h"
#include "control/once_without_password.h"
#include "control/own_password.h"
#include "core/base/sha256.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr int kAccountsOnAPage = 50;
constexpr std::string_view kRolesAllowed =
    "role: administrator, producer, operator or viewer is allowed";

json::object turned_away_to_json(const TurnedAway& row) {
  return {{"id", row.id()},   {"issuer", row.issuer},     {"subject", row.subject},
          {"name", row.name}, {"since_ms", row.since_ms}, {"by", row.by}};
}

json::object with_link(const Account& account, const std::string& token) {
  return {{"account", account_to_json(account)},
          {"link", link_path(token)},
          {"link_hours", std::chrono::duration_cast<std::chrono::hours>(kLinkLife).count()}};
}

}  // namespace

void AccountsApi::add_routes(HttpRouter& router) {
  constexpr auto kManage = Permission::kManageAccounts;
  add_guarded(router, parts_, "/api/v1/accounts", "GET", kManage, this, &AccountsApi::list);
  add_guarded(router, parts_, "/api/v1/accounts", "POST", kManage, this, &AccountsApi::create);
  add_guarded(router, parts_, "/api/v1/accounts/{id}", "PATCH", kManage, this,
              &AccountsApi::change);
  add_guarded(router, parts_, "/api/v1/accounts/{id}", "DELETE", kManage, this,
              &AccountsApi::remove);
  add_guarded(router, parts_, "/api/v1/turned-away", "GET", kManage, this,
              &AccountsApi::turned_away);
  add_guarded(router, parts_, "/api/v1/turned-away/{id}/let-in", "POST", kManage, this,
              &AccountsApi::let_in);
  add_guarded(router, parts_, "/api/v1/accounts/{id}/reset", "POST", kManage, this,
              &AccountsApi::reset);
}

asio::awaitable<HttpResponse> AccountsApi::list(Caller, HttpRequest request) {
  int limit = kAccountsOnAPage;
  const std::string wanted(request.target.query_value("limit"));
  std::from_chars(wanted.data(), wanted.data() + wanted.size(), limit);
  limit = std::clamp(limit, 1, kMaxAccountPage);
  const auto read = [after = std::string(request.target.query_value("after")),
                     limit](Store& store) -> Result<std::vector<Account>> {
    return store.database().read("accounts",
                                 [&](soci::session& sql) -> Result<std::vector<Account>> {
                                   return AccountTable(sql).page(after, limit);
                                 });
  };
  const auto accounts = co_await parts_.store.run(read);
  if (!accounts) co_return store_problem(accounts.error());
  json::array list;
  for (const Account& account : *accounts)
    list.push_back(account_to_json(account));
  json::object body;
  // Whether there are more is seen when the next page is empty.
  body["next"] = static_cast<int>(accounts->size()) == limit ? json::value(accounts->back().name)
                                                             : json::value(nullptr);
  body["accounts"] = std::move(list);
  co_return json_response(body);
}

asio::awaitable<HttpResponse> AccountsApi::create(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const auto role = role_named(text_field(*body, "role"));
  if (!role) co_return http_problem(422, kRolesAllowed);
  auto once = once_key_without_password(caller, request, *body);
  if (!once) co_return refusal(once.error());
  once->secret = "link";
  auto refused = co_await ask_password(parts_, caller, *body);
  if (refused) co_return std::move(*refused);
  const std::string token = make_token(parts_.random);
  const NewAccount wish{make_id(parts_.random), text_field(*body, "name"), *role,
                        sha256_hex(token)};
  const ActionInTransaction act = [actor = caller.at(parts_.clock.wall_ms()), wish,
                                   token](soci::session& sql) -> Decided<json::object> {
    const auto made = create_account(sql, actor, wish);
    if (!made) return tl::unexpected(made.error());
    return with_link(*made, token);
  };
  co_return co_await answer_action(parts_, caller, *once, act);
}

asio::awaitable<HttpResponse> AccountsApi::change(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  AccountChange wish;
  if (body->contains("role")) {
    wish.role = role_named(text_field(*body, "role"));
    if (!wish.role) co_return http_problem(422, kRolesAllowed);
  }
  if (const json::value* disabled = body->if_contains("disabled")) {
    if (!disabled->is_bool()) co_return http_problem(422, "disabled: true or false is allowed");
    wish.disabled = disabled->get_bool();
  }
  // To shut somebody out takes no password: it may be urgent.
  if (wish.role || wish.disabled == false) {
    auto refused = co_await ask_password(parts_, caller, *body);
    if (refused) co_return std::move(*refused);
  }
  const Actor actor = caller.at(parts_.clock.wall_ms());
  const auto apply = [actor, id = request.parameters[0], wish](Store& store) {
    return change_account(store.database(), actor, id, wish);
  };
  const auto changed = co_await parts_.store.run(apply);
  if (!is_done(changed)) co_return refusal(changed);
  co_return json_response(account_to_json(**changed));
}

asio::awaitable<HttpResponse> AccountsApi::remove(Caller caller, HttpRequest request) {
  const Actor actor = caller.at(parts_.clock.wall_ms());
  const auto apply = [actor, id = request.parameters[0]](Store& store) {
    return remove_account(store.database(), actor, id);
  };
  const auto removed = co_await parts_.store.run(apply);
  if (!is_done(removed)) co_return refusal(removed);
  co_return json_response(account_to_json(**removed));
}

asio::awaitable<HttpResponse> AccountsApi::turned_away(Caller, HttpRequest request) {
  const auto skip = query_number(request, "skip", 0);
  if (!skip) co_return refusal(skip.error());
  if (*skip < 0 || *skip > kMaxTurnedAway) co_return http_problem(422, "skip: it is out of range");
  const ActionInTransaction read =
      [skip = static_cast<int>(*skip),
       limit = page_limit(request, kMaxAccountPage)](soci::session& sql) -> Decided<json::object> {
    json::array list;
    const auto rows = IdentityTable(sql).turned_away_page(limit, skip);
    for (const TurnedAway& row : rows)
      list.push_back(turned_away_to_json(row));
    json::object body;
    body["next"] =
        static_cast<int>(rows.size()) == limit ? json::value(skip + limit) : json::value(nullptr);
    body["turned_away"] = std::move(list);
    return body;
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> AccountsApi::let_in(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  auto refused = co_await ask_password(parts_, caller, *body);
  if (refused) co_return std::move(*refused);
  const ActionInTransaction act =
      [actor = caller.at(parts_.clock.wall_ms()),
       id = request.parameters[0]](soci::session& sql) -> Decided<json::object> {
    IdentityTable identities(sql);
    const auto row = identities.turned_away_named(id);
    if (!row) return refuse(404, "there is nobody of that number who is turned away");
    identities.let_in(row->issuer, row->subject);
    json::object shown = turned_away_to_json(*row);
    append_audit(sql, actor, "identity.let_in", row->subject, json::serialize(shown), "");
    return shown;
  };
  co_return co_await answer_change(parts_, caller, act);
}

asio::awaitable<HttpResponse> AccountsApi::reset(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  auto refused = co_await ask_password(parts_, caller, *body);
  if (refused) co_return std::move(*refused);
  const std::string token = make_token(parts_.random);
  const Actor actor = caller.at(parts_.clock.wall_ms());
  const AccountChoice choice{request.parameters[0], ""};
  const auto make = [actor, choice, hash = sha256_hex(token)](Store& store) {
    return make_link(store.database(), actor, choice, hash);
  };
  const auto made = co_await parts_.store.run(make);
  if (!is_done(made)) co_return refusal(made);
  co_return json_response(with_link(**made, token));
}

}  // namespace longmen
