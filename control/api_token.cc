#include "control/api_token.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "control/account_name.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr int64_t kDayMs = 86'400'000;

std::string joined(const std::vector<Permission>& scopes) {
  std::vector<std::string_view> names;
  names.reserve(scopes.size());
  for (const Permission scope : scopes)
    names.push_back(name_of(scope));
  return fmt::format("{}", fmt::join(names, " "));
}

std::vector<Permission> split(std::string_view text) {
  std::vector<Permission> scopes;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (const auto scope = permission_named(text.substr(0, end))) scopes.push_back(*scope);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return scopes;
}

std::string shown(const ApiToken& token) {
  return json::serialize(api_token_to_json(token));
}

Decided<std::vector<Permission>> scopes_of(const std::vector<std::string>& names,
                                           AccountRole role) {
  std::vector<Permission> scopes;
  for (const std::string& name : names) {
    const auto scope = permission_named(name);
    if (!scope || !may(role, *scope)) {
      return refuse(422, fmt::format("scopes: what your role may is allowed: {}",
                                     fmt::join(permissions_of(role), ", ")));
    }
    if (std::find(scopes.begin(), scopes.end(), *scope) == scopes.end()) scopes.push_back(*scope);
  }
  if (scopes.empty()) return refuse(422, "scopes: one or more are needed");
  return scopes;
}

}  // namespace

bool ApiToken::has(Permission permission) const {
  return std::find(scopes.begin(), scopes.end(), permission) != scopes.end();
}

json::object api_token_to_json(const ApiToken& token) {
  json::array scopes;
  for (const Permission scope : token.scopes)
    scopes.emplace_back(name_of(scope));
  return {{"id", token.id()},
          {"account", token.account},
          {"account_name", token.account_name},
          {"label", token.label},
          {"scopes", std::move(scopes)},
          {"created_ms", token.created_ms},
          {"expires_ms", token.expires_ms},
          {"used_ms", token.used_ms == 0 ? json::value(nullptr) : json::value(token.used_ms)}};
}

std::vector<ApiToken> ApiTokenTable::select(const std::string& condition, const std::string& value,
                                            int64_t now_ms) {
  std::vector<ApiToken> found;
  ApiToken row;
  std::string scopes;
  soci::statement rows =
      (sql_.prepare << "SELECT hash, account_id, label, scopes, created_ms, expires_ms, used_ms,"
                       " (SELECT name FROM accounts WHERE accounts.id = api_tokens.account_id)"
                       " FROM api_tokens WHERE "
                    << condition << " AND expires_ms > :now ORDER BY created_ms, hash",
       soci::use(value), soci::use(now_ms), soci::into(row.hash), soci::into(row.account),
       soci::into(row.label), soci::into(scopes), soci::into(row.created_ms),
       soci::into(row.expires_ms), soci::into(row.used_ms), soci::into(row.account_name));
  rows.execute();
  while (rows.fetch()) {
    row.scopes = split(scopes);
    found.push_back(row);
  }
  return found;
}

std::optional<ApiToken> ApiTokenTable::by_hash(const std::string& hash) {
  auto found = select("hash = :v", hash, 0);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<ApiToken> ApiTokenTable::valid(const std::string& account, int64_t now_ms) {
  return select(account.empty() ? "account_id <> :v" : "account_id = :v", account, now_ms);
}

void ApiTokenTable::insert(const ApiToken& token) {
  const std::string scopes = joined(token.scopes);
  sql_ << "INSERT INTO api_tokens (hash, account_id, label, scopes, created_ms, expires_ms,"
          " used_ms) VALUES (:hash, :account, :label, :scopes, :created, :expires, :used)",
      soci::use(token.hash), soci::use(token.account), soci::use(token.label), soci::use(scopes),
      soci::use(token.created_ms), soci::use(token.expires_ms), soci::use(token.used_ms);
}

void ApiTokenTable::note_use(const std::string& hash, int64_t now_ms) {
  sql_ << "UPDATE api_tokens SET used_ms = :now WHERE hash = :hash", soci::use(now_ms),
      soci::use(hash);
}

void ApiTokenTable::remove(const std::string& hash) {
  sql_ << "DELETE FROM api_tokens WHERE hash = :hash", soci::use(hash);
}

void ApiTokenTable::remove_all_of(const std::string& account) {
  sql_ << "DELETE FROM api_tokens WHERE account_id = :id", soci::use(account);
}

void ApiTokenTable::forget_old(int64_t now_ms) {
  sql_ << "DELETE FROM api_tokens WHERE expires_ms <= :now", soci::use(now_ms);
}

Decided<ApiToken> create_api_token(soci::session& sql, const Actor& actor, AccountRole role,
                                   const ApiTokenWish& wish, const std::string& hash) {
  if (const auto fault = fault_of_label("label: it", wish.label, kMaxTokenLabelBytes))
    return refuse(422, *fault);
  if (wish.days < 1 || wish.days > kMaxTokenDays)
    return refuse(422, fmt::format("days: 1 to {} are allowed", kMaxTokenDays));
  auto scopes = scopes_of(wish.scopes, role);
  if (!scopes) return tl::unexpected(scopes.error());
  ApiTokenTable table(sql);
  table.forget_old(actor.now_ms);
  if (table.valid(actor.id, actor.now_ms).size() >= kMaxTokens)
    return refuse(409, fmt::format("you have {} tokens; remove one first", kMaxTokens));
  ApiToken token{hash,         actor.id,
                 wish.label,   std::move(*scopes),
                 actor.now_ms, actor.now_ms + wish.days * kDayMs};
  token.account_name = actor.name;
  table.insert(token);
  append_audit(sql, actor, "token.create", token.id(), "", shown(token));
  return token;
}

Decided<ApiToken> remove_api_token(soci::session& sql, const Actor& actor,
                                   const std::string& account, const std::string& id) {
  ApiTokenTable table(sql);
  for (const ApiToken& token : table.valid(account, actor.now_ms)) {
    if (token.id() != id) continue;
    table.remove(token.hash);
    append_audit(sql, actor, "token.remove", id, shown(token), "");
    return token;
  }
  return refuse(404, "there is no such token");
}

}  // namespace longmen
