#include "control/gatekeeper.h"

#include "control/act.h"
#include "control/json_response.h"
#include "control/secret.h"
#include "core/base/sha256.h"

namespace longmen {

Result<std::optional<Account>> account_of_sign_in(Database& database, const std::string& hash,
                                                  const SignInLimits& limits, int64_t now_ms) {
  std::optional<SignInRow> row;
  auto account =
      database.read("sign-in", [&](soci::session& sql) -> Result<std::optional<Account>> {
        AccountTable table(sql);
        row = table.sign_in(hash);
        return row ? table.by_id(row->account_id) : std::nullopt;
      });
  if (!account || !row) return account;
  const bool ended = row->has_ended(limits, now_ms);
  if (ended || row->note_is_due(limits, now_ms)) {
    auto written = database.write("sign-in", [&](soci::session& sql) -> Result<void> {
      AccountTable table(sql);
      ended ? table.end_sign_in(hash) : table.note_use(hash, now_ms);
      return {};
    });
    if (!written) return tl::unexpected(written.error());
  }
  if (ended || !*account || (*account)->disabled) return std::optional<Account>();
  return account;
}

Result<std::optional<TokenOwner>> owner_of_token(Database& database, const std::string& hash,
                                                 int64_t now_ms) {
  constexpr int64_t kNotedEveryMs = 3'600'000;
  auto owner = database.read("token", [&](soci::session& sql) -> Result<std::optional<TokenOwner>> {
    auto token = ApiTokenTable(sql).by_hash(hash);
    if (!token || token->expires_ms <= now_ms) return std::optional<TokenOwner>();
    auto account = AccountTable(sql).by_id(token->account);
    if (!account || account->disabled) return std::optional<TokenOwner>();
    return std::optional<TokenOwner>(TokenOwner{std::move(*token), std::move(*account)});
  });
  if (!owner || !*owner || now_ms - (*owner)->token.used_ms < kNotedEveryMs) return owner;
  auto noted = database.write("token", [&](soci::session& sql) -> Result<void> {
    ApiTokenTable(sql).note_use(hash, now_ms);
    return {};
  });
  if (!noted) return tl::unexpected(noted.error());
  return owner;
}

template <class Find>
auto Gatekeeper::look_up(const std::string& hash, const Find& find)
    -> boost::asio::awaitable<Decided<typename std::invoke_result_t<Find, Store&>::value_type>> {
  std::invoke_result_t<Find, Store&> found;
  if (known_.contains(hash)) {
    found = co_await store_.run(find);
  } else {
    found = co_await store_.run_for_anyone(find);
  }
  if (!found) {
    log_store_problem(found.error());
    co_return refuse(503, "the database does not answer");
  }
  if (!*found) {
    known_.erase(hash);
  } else {
    if (known_.size() >= kMaxKnown) known_.clear();
    known_.insert(hash);
  }
  co_return std::move(*found);
}

boost::asio::awaitable<Decided<Caller>> Gatekeeper::admit_token(
    RequestSource source, std::string token, std::optional<Permission> permission) {
  const bool formed =
      token.starts_with(kTokenPrefix) && is_token(token.substr(kTokenPrefix.size()));
  if (!formed) co_return refuse_token();
  const std::string hash = sha256_hex(token);
  const auto find = [hash, now_ms = wall_ms_()](Store& store) {
    return owner_of_token(store.database(), hash, now_ms);
  };
  auto found = co_await look_up(hash, find);
  if (!found) co_return tl::unexpected(found.error());
  if (!*found) co_return refuse_token();
  TokenOwner& owner = **found;
  if (!permission || !owner.token.has(*permission)) co_return refuse_scope();
  if (!may(owner.account.role, *permission)) co_return refuse_role(owner.account.role);
  Caller caller;
  caller.source = std::move(source);
  caller.account = std::move(owner.account);
  // Whoever reads the audit sees that it was a program.
  caller.account.name += " (" + owner.token.label + ")";
  caller.standing.sign_in_hash = hash;
  caller.standing.permission = permission;
  caller.standing.by_token = true;
  co_return caller;
}

boost::asio::awaitable<Decided<Caller>> Gatekeeper::admit(const HttpRequest& request,
                                                          std::optional<Permission> permission) {
  if (request.fields.contains("Authorization"))
    co_return co_await admit_token(source_of(request), bearer_token_of(request), permission);
  if (request.method != "GET" && request.method != "HEAD") {
    if (auto own = check_own_page(request); !own) co_return tl::unexpected(own.error());
  }
  Caller caller;
  caller.source = source_of(request);
  const std::string token = sign_in_token_of(request);
  if (token.empty()) co_return refuse(401, "sign in first");
  const std::string hash = sha256_hex(token);
  caller.standing = {hash, permission};
  const auto find = [hash, limits = limits_, now_ms = wall_ms_()](Store& store) {
    return account_of_sign_in(store.database(), hash, limits, now_ms);
  };
  auto found = co_await look_up(hash, find);
  if (!found) co_return tl::unexpected(found.error());
  if (!*found) co_return refuse_signed_out();
  caller.account = std::move(**found);
  if (permission && !may(caller.account.role, *permission))
    co_return refuse_role(caller.account.role);
  co_return caller;
}

}  // namespace longmen
