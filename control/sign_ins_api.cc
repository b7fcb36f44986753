#include "control/sign_ins_api.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "control/account_table.h"
#include "control/json_action.h"
#include "core/base/hex.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr size_t kSignInIdCharacters = 16;
constexpr int64_t kMaxSkipped = int64_t{kMaxAccounts} * kMaxSignIns;

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object sign_in_to_json(const SignInRow& row, const std::string& account_name) {
  return {{"id", row.hash.substr(0, kSignInIdCharacters)},
          {"account", row.account_id},
          {"account_name", account_name},
          {"way", text_or_null(row.origin.way)},
          {"address", text_or_null(row.origin.address)},
          {"created_ms", row.created_ms},
          {"seen_ms", row.last_seen_ms}};
}

bool is_sign_in_id(std::string_view id) {
  return id.size() == kSignInIdCharacters && std::all_of(id.begin(), id.end(), [](char c) {
           return hex_digit(c) >= 0 && !(c >= 'A' && c <= 'F');
         });
}

}  // namespace

void SignInsApi::add_routes(HttpRouter& router) {
  constexpr auto kManage = Permission::kManageAccounts;
  const std::string all = "/api/v1/sign-ins";
  add_guarded(router, parts_, all, "GET", kManage, this, &SignInsApi::list);
  add_guarded(router, parts_, all + "/{id}", "DELETE", kManage, this, &SignInsApi::end);
}

asio::awaitable<HttpResponse> SignInsApi::list(Caller caller, HttpRequest request) {
  const auto skip = query_number(request, "skip", 0);
  if (!skip) co_return refusal(skip.error());
  if (*skip < 0 || *skip > kMaxSkipped) co_return http_problem(422, "skip: it is out of range");
  const ActionInTransaction read = [own = caller.standing.sign_in_hash, skip = *skip,
                                    limit = page_limit(request, kMaxAccountPage),
                                    limits = parts_.gatekeeper.limits(),
                                    now_ms = parts_.clock.wall_ms()](soci::session& sql) {
    AccountTable table(sql);
    json::array list;
    const auto rows = table.sign_in_page(limits, now_ms, limit, static_cast<int>(skip));
    for (const SignInRow& row : rows) {
      const auto account = table.by_id(row.account_id);
      json::object shown = sign_in_to_json(row, account ? account->name : "");
      shown["own"] = row.hash == own;
      list.push_back(std::move(shown));
    }
    json::object body;
    body["next"] =
        static_cast<int>(rows.size()) == limit ? json::value(skip + limit) : json::value(nullptr);
    body["sign_ins"] = std::move(list);
    return Decided<json::object>(std::move(body));
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> SignInsApi::end(Caller caller, HttpRequest request) {
  const ActionInTransaction act =
      [actor = caller.at(parts_.clock.wall_ms()),
       id = request.parameters[0]](soci::session& sql) -> Decided<json::object> {
    AccountTable table(sql);
    const auto row = is_sign_in_id(id) ? table.sign_in_named(id) : std::nullopt;
    if (!row) return refuse(404, "there is no such sign-in; it may have ended");
    const auto account = table.by_id(row->account_id);
    json::object shown = sign_in_to_json(*row, account ? account->name : "");
    table.end_sign_in(row->hash);
    append_audit(sql, actor, "sign_in.revoke", row->account_id, json::serialize(shown), "");
    return shown;
  };
  co_return co_await answer_change(parts_, caller, act);
}

}  // namespace longmen
