#include "control/provider_sign_in.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "control/account_name.h"
#include "control/act.h"
#include "control/api_token.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr int kMaxNamesakes = 1000;

Actor as_account(const Account& account, const Actor& from) {
  return {account.id, account.name, from.address, from.now_ms};
}

std::string shown_identity(const ProviderWord& word) {
  return json::serialize(json::object{{"issuer", word.issuer}, {"subject", word.subject}});
}

std::string shown_role(const Account& account) {
  return json::serialize(json::object{
      {"name", account.name}, {"role", name_of(account.role)}, {"disabled", account.disabled}});
}

// That name, or with the first number behind it that makes it nobody's.
std::optional<std::string> free_name(AccountTable& table, const std::string& wanted) {
  if (!fault_of_name(wanted) && !table.by_name(wanted)) return wanted;
  for (int number = 2; number < kMaxNamesakes; ++number) {
    const std::string end = fmt::format(" {}", number);
    std::string name = wanted;
    // Whole characters: a byte that continues one is not cut off alone.
    while (name.size() + end.size() > kMaxNameBytes || (!name.empty() && fault_of_name(name + end)))
      name.pop_back();
    name += end;
    if (!fault_of_name(name) && !table.by_name(name)) return name;
  }
  return std::nullopt;
}

Decided<Account> make_account_of(soci::session& sql, const Actor& from, const ProviderWord& word,
                                 const std::string& id) {
  AccountTable table(sql);
  if (IdentityTable(sql).is_turned_away(word.issuer, word.subject))
    return refuse(403, std::string(kTurnedAway));
  if (!word.make_account) return refuse(403, std::string(kNoAccount));
  if (!word.role) return refuse(403, std::string(kNoRole));
  if (table.count() >= kMaxAccounts)
    return refuse(409,
                  fmt::format("there are {} accounts, and no more are possible", kMaxAccounts));
  const auto name = free_name(table, word.name);
  if (!name) return refuse(409, "there are too many accounts of that name");
  Account account;
  account.id = id;
  account.name = *name;
  account.role = *word.role;
  account.created_ms = from.now_ms;
  table.insert(account);
  IdentityTable(sql).insert({word.issuer, word.subject, id, true, from.now_ms});
  append_audit(sql, as_account(account, from), "account.create", id, "", shown_role(account));
  append_audit(sql, as_account(account, from), "identity.link", id, "", shown_identity(word));
  return account;
}

Decided<Account> account_of_identity(soci::session& sql, const Actor& from,
                                     const ProviderWord& word, const Identity& identity) {
  AccountTable table(sql);
  auto account = table.by_id(identity.account_id);
  if (!account || account->disabled) return refuse(403, std::string(kDisabled));
  if (!identity.made_account || !word.says_roles) return *account;
  if (!word.role) return refuse(403, std::string(kNoRole));
  if (account->role == *word.role) return *account;
  // As where administrators do it: somebody has to be left who can mend things.
  if (account->role == AccountRole::kAdministrator &&
      table.other_administrators(account->id) == 0) {
    append_audit(sql, as_account(*account, from), "account.change_refused", account->id,
                 shown_role(*account),
                 json::serialize(json::object{{"role", name_of(*word.role)},
                                              {"why", "nobody else is an administrator"}}));
    return *account;
  }
  const std::string before = shown_role(*account);
  account->role = *word.role;
  table.set_role(account->id, account->role);
  append_audit(sql, as_account(*account, from), "account.change", account->id, before,
               shown_role(*account));
  return *account;
}

}  // namespace

Result<Decided<Account>> sign_in_by_provider(Database& database, const Actor& from,
                                             const ProviderWord& word, const std::string& fresh_id,
                                             const std::string& sign_in_hash) {
  return in_transaction(database, "sign in", [&](soci::session& sql) -> Decided<Account> {
    AccountTable table(sql);
    const auto identity = IdentityTable(sql).of(word.issuer, word.subject);
    auto account = identity ? account_of_identity(sql, from, word, *identity)
                            : make_account_of(sql, from, word, fresh_id);
    if (!account) return account;
    account->last_sign_in_ms = from.now_ms;
    table.update(*account);
    table.add_sign_in(account->id, sign_in_hash, from.now_ms,
                      {from.address, "provider", word.confirmed_ms});
    append_audit(sql, as_account(*account, from), "sign_in.begin", account->id, "",
                 shown_identity(word));
    return *account;
  });
}

Result<Decided<bool>> note_provider_refusal(Database& database, const Actor& from,
                                            const ProviderWord& word, std::string_view why) {
  return in_transaction(database, "refusal", [&](soci::session& sql) -> Decided<bool> {
    const auto identity = IdentityTable(sql).of(word.issuer, word.subject);
    // Whom the provider shuts out is out, where else that one may be signed in.
    if (identity && identity->made_account && why == kNoRole) {
      AccountTable(sql).end_sign_ins(identity->account_id);
      ApiTokenTable(sql).remove_all_of(identity->account_id);
    }
    append_audit(sql, from, "sign_in.provider_refused", identity ? identity->account_id : "", "",
                 json::serialize(json::object{
                     {"issuer", word.issuer}, {"subject", word.subject}, {"why", why}}));
    return true;
  });
}

Result<Decided<Account>> link_provider(Database& database, const Actor& from,
                                       const std::string& account_id,
                                       const std::string& sign_in_hash, const ProviderWord& word) {
  return in_transaction(database, "link", [&](soci::session& sql) -> Decided<Account> {
    AccountTable table(sql);
    const auto account = table.by_id(account_id);
    const auto sign_in = table.sign_in(sign_in_hash);
    if (!account || account->disabled || !sign_in || sign_in->account_id != account_id)
      return refuse_signed_out();
    IdentityTable identities(sql);
    if (const auto present = identities.of(word.issuer, word.subject)) {
      if (present->account_id == account_id) return *account;
      return refuse(409, std::string(kLinkedElsewhere));
    }
    if (const auto present = identities.of_account(account_id); present && present->made_account)
      return refuse(409, "the account is that of another person at the provider");
    identities.remove_of(account_id);
    identities.let_in(word.issuer, word.subject);
    identities.insert({word.issuer, word.subject, account_id, false, from.now_ms});
    append_audit(sql, as_account(*account, from), "identity.link", account_id, "",
                 shown_identity(word));
    return *account;
  });
}

Result<Decided<bool>> unlink_provider(Database& database, const Actor& actor) {
  return act(database, actor, "link", [&](soci::session& sql) -> Decided<bool> {
    IdentityTable identities(sql);
    const auto present = identities.of_account(actor.id);
    if (!present) return refuse(404, "the account is not linked to a provider");
    // It has no other way in.
    if (present->made_account)
      return refuse(409, "the account has no password; an administrator can make a link for it");
    identities.remove_of(actor.id);
    ProviderWord word;
    word.issuer = present->issuer;
    word.subject = present->subject;
    append_audit(sql, actor, "identity.unlink", actor.id, shown_identity(word), "");
    return true;
  });
}

}  // namespace longmen
