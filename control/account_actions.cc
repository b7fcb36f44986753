#include "control/account_actions.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "control/act.h"
#include "control/api_token.h"
#include "control/identity_table.h"
#include "control/new_account.h"
#include "control/totp.h"
#include "core/base/sha256.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr std::string_view kFirstName = "administrator";

// What of an account the audit shows.
std::string shown(const Account& account) {
  return json::serialize(json::object{{"name", account.name},
                                      {"role", name_of(account.role)},
                                      {"disabled", account.disabled},
                                      {"password", !account.password.empty()},
                                      {"totp", account.uses_totp()}});
}

void audit(soci::session& sql, const Actor& actor, const std::string& action,
           const std::string& account_id, const std::string& before, const std::string& after) {
  append_audit(sql, actor, action, account_id, before, after);
}

// An actor of whom only the address was known before.
Actor as(const Account& account, const Actor& from) {
  return {account.id, account.name, from.address, from.now_ms};
}

Decided<Account> no_account(const std::string& id) {
  return refuse(404, fmt::format("there is no account \"{}\"", id));
}

Bytes from_base16(std::string_view text) {
  Bytes bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

std::chrono::seconds in_seconds(int64_t now_ms) {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::milliseconds(now_ms));
}

Decided<Account> account_of_link(AccountTable& table, const std::string& hash, int64_t now_ms) {
  const auto row = table.link(hash);
  const auto account =
      row && row->expires_ms > now_ms ? table.by_id(row->account_id) : std::nullopt;
  if (!account || account->disabled) return refuse_link();
  return *account;
}

constexpr std::string_view kOfApp = "totp", kOfPaper = "recovery";  // as the audit has them

// By which factor the code opens the account; what it used up is noted in `account` and the table.
std::optional<std::string_view> take_code(AccountTable& table, Account& account,
                                          const std::string& code, int64_t now_ms) {
  const Bytes secret = from_base16(account.totp_secret);
  if (const auto step = accept_totp(secret, code, account.totp_last_step, in_seconds(now_ms))) {
    account.totp_last_step = *step;
    return kOfApp;
  }
  if (!table.use_recovery_code(account.id, recovery_hash(code))) return std::nullopt;
  --account.recovery_codes_left;
  return kOfPaper;
}

}  // namespace

tl::unexpected<HttpProblem> refuse_link() {
  return refuse(410,
                "this link was used or has expired; ask an administrator for a new one, or run: "
                "longmen admin reset-link");
}

std::string recovery_hash(std::string_view code) {
  std::string plain;
  for (char c : name_key(code)) {
    if (c != '-' && c != ' ') plain.push_back(c);
  }
  return sha256_hex("longmen recovery code " + plain);
}

Result<Decided<bool>> make_first_administrator(Database& database, const std::string& id,
                                               const std::string& link_hash, int64_t now_ms) {
  return in_transaction(database, "first administrator", [&](soci::session& sql) -> Decided<bool> {
    AccountTable table(sql);
    if (table.count() > 0) return false;
    Account account;
    account.id = id;
    account.name = kFirstName;
    account.role = AccountRole::kAdministrator;
    account.created_ms = now_ms;
    table.insert(account);
    table.set_link(id, link_hash, now_ms + kLinkLife.count());
    audit(sql, control_itself(now_ms), "account.create", id, "", shown(account));
    return true;
  });
}

Decided<Account> create_account(soci::session& sql, const Actor& actor, const NewAccount& made) {
  AccountTable table(sql);
  if (const auto fault = fault_of_name(made.name)) return refuse(422, *fault);
  if (table.by_name(made.name))
    return refuse(409, fmt::format("there is an account \"{}\" already", made.name));
  if (table.count() >= kMaxAccounts)
    return refuse(409,
                  fmt::format("there are {} accounts, and no more are possible", kMaxAccounts));
  Account account;
  account.id = made.id;
  account.name = made.name;
  account.role = made.role;
  account.created_ms = actor.now_ms;
  table.insert(account);
  table.set_link(account.id, made.link_hash, actor.now_ms + kLinkLife.count());
  audit(sql, actor, "account.create", account.id, "", shown(account));
  return account;
}

Result<Decided<Account>> create_account(Database& database, const Actor& actor,
                                        const std::string& id, const std::string& name,
                                        AccountRole role, const std::string& link_hash) {
  return act(database, actor, "account", [&](soci::session& sql) {
    return create_account(sql, actor, {id, name, role, link_hash});
  });
}

Result<Decided<Account>> change_account(Database& database, const Actor& actor,
                                        const std::string& id, const AccountChange& change) {
  return act(database, actor, "account", [&](soci::session& sql) -> Decided<Account> {
    AccountTable table(sql);
    const auto found = table.by_id(id);
    if (!found) return no_account(id);
    Account account = *found;
    account.role = change.role.value_or(account.role);
    account.disabled = change.disabled.value_or(account.disabled);
    const auto rules = [](const Account& each) {
      return each.role == AccountRole::kAdministrator && !each.disabled;
    };
    if (rules(*found) && !rules(account) && table.other_administrators(id) == 0)
      return refuse(409, "this is the last administrator; make another one first");
    if (account.role == found->role && account.disabled == found->disabled) return account;
    table.update(account);
    if (change.role) table.set_role(id, *change.role);
    if (account.disabled) {
      table.end_sign_ins(id);
      table.remove_link(id);
      ApiTokenTable(sql).remove_all_of(id);
    }
    audit(sql, actor, "account.change", id, shown(*found), shown(account));
    return account;
  });
}

Result<Decided<Account>> remove_account(Database& database, const Actor& actor,
                                        const std::string& id) {
  return act(database, actor, "account", [&](soci::session& sql) -> Decided<Account> {
    AccountTable table(sql);
    const auto found = table.by_id(id);
    if (!found) return no_account(id);
    if (!found->disabled) return refuse(409, "disable the account first");
    IdentityTable identities(sql);
    json::value person;
    if (const auto identity = identities.of_account(id)) {
      if (identities.turned_away() >= kMaxTurnedAway)
        return refuse(409, "too many people of the provider are turned away already");
      identities.turn_away(*identity, found->name, actor.now_ms, actor.name);
      person = json::object{{"issuer", identity->issuer}, {"subject", identity->subject}};
    }
    table.remove(id);
    audit(sql, actor, "account.remove", id, shown(*found),
          json::serialize(json::object{{"turned_away", person}}));
    return *found;
  });
}

Result<Decided<Account>> make_link(Database& database, const Actor& actor,
                                   const AccountChoice& choice, const std::string& link_hash) {
  return act(database, actor, "link", [&](soci::session& sql) -> Decided<Account> {
    AccountTable table(sql);
    std::optional<Account> account;
    if (!choice.id.empty()) {
      account = table.by_id(choice.id);
    } else if (!choice.name.empty()) {
      account = table.by_name(choice.name);
    } else {
      account = table.first_administrator();
    }
    if (!account) {
      const std::string& wanted = choice.id.empty() ? choice.name : choice.id;
      if (wanted.empty()) return refuse(404, "there is no administrator; name an account");
      return no_account(wanted);
    }
    if (account->disabled)
      return refuse(409, fmt::format("the account \"{}\" is disabled", account->name));
    // Or whoever has somebody's sign-in would have the account for good.
    if (account->id == actor.id)
      return refuse(409, "no link for oneself; change the password with POST /api/v1/me/password");
    table.set_link(account->id, link_hash, actor.now_ms + kLinkLife.count());
    audit(sql, actor, "account.link", account->id, "", shown(*account));
    return *account;
  });
}

Result<Decided<Account>> look_at_link(Database& database, const std::string& link_hash,
                                      int64_t now_ms) {
  return database.read("link", [&](soci::session& sql) -> Result<Decided<Account>> {
    AccountTable table(sql);
    return account_of_link(table, link_hash, now_ms);
  });
}

Result<Decided<Account>> redeem_link(Database& database, const Actor& from,
                                     const Redemption& redemption) {
  return in_transaction(database, "link", [&](soci::session& sql) -> Decided<Account> {
    AccountTable table(sql);
    auto found = account_of_link(table, redemption.link_hash, from.now_ms);
    if (!found) return found;
    Account account = *found;
    if (account.password.empty() && !redemption.name.empty() && redemption.name != account.name) {
      if (const auto fault = fault_of_name(redemption.name)) return refuse(422, *fault);
      const auto other = table.by_name(redemption.name);
      if (other && other->id != account.id)
        return refuse(409, fmt::format("there is an account \"{}\" already", redemption.name));
      account.name = redemption.name;
    }
    account.password = redemption.password;
    account.totp_secret.clear();
    account.totp_confirmed = false;
    account.recovery_codes_left = 0;
    account.last_sign_in_ms = from.now_ms;
    table.update(account);
    table.remove_link(account.id);
    table.set_recovery_codes(account.id, {});
    table.end_sign_ins(account.id);
    // Whoever had the account before may have made some.
    ApiTokenTable(sql).remove_all_of(account.id);
    // It was the provider's, and is the studio's now: who comes back from there has none, and is
    // given no second one.
    IdentityTable identities(sql);
    if (const auto identity = identities.of_account(account.id);
        identity && identity->made_account && identities.turned_away() < kMaxTurnedAway)
      identities.turn_away(*identity, found->name, from.now_ms, "");
    identities.remove_of(account.id);
    table.add_sign_in(account.id, redemption.sign_in_hash, from.now_ms, {from.address, "link"});
    audit(sql, as(account, from), "account.set_up", account.id, shown(*found), shown(account));
    return account;
  });
}

Result<Decided<Account>> sign_in(Database& database, const Actor& from,
                                 const SignInAttempt& attempt) {
  return in_transaction(database, "sign in", [&](soci::session& sql) -> Decided<Account> {
    AccountTable table(sql);
    auto account = table.by_id(attempt.account_id);
    // It may have changed while the password was hashed.
    if (!account || account->disabled || account->password != attempt.checked_password)
      return refuse(409, "the account has just been changed; try again");
    json::value factor;
    if (account->uses_totp()) {
      if (attempt.code.empty()) return refuse(401, std::string(kCodeNeeded));
      const auto taken = take_code(table, *account, attempt.code, from.now_ms);
      if (!taken) return refuse(401, std::string(kCodeWrong));
      factor = *taken;
    }
    if (attempt.new_hash) account->password = *attempt.new_hash;
    account->last_sign_in_ms = from.now_ms;
    table.update(*account);
    table.add_sign_in(account->id, attempt.sign_in_hash, from.now_ms, {from.address, "password"});
    audit(sql, as(*account, from), "sign_in.begin", account->id, "",
          json::serialize(
              json::object{{"failures_before", attempt.failures_before}, {"factor", factor}}));
    return *account;
  });
}

Result<Decided<bool>> note_refusal(Database& database, const Actor& from,
                                   const std::string& account_id, std::string_view action) {
  return in_transaction(database, "refusal", [&](soci::session& sql) -> Decided<bool> {
    audit(sql, from, std::string(action), account_id, "", "");
    return true;
  });
}

Result<Decided<bool>> sign_out(Database& database, const Actor& actor,
                               const std::string& sign_in_hash, bool everywhere) {
  return act(database, actor, "sign out", [&](soci::session& sql) -> Decided<bool> {
    AccountTable table(sql);
    const auto row = table.sign_in(sign_in_hash);
    const bool by_provider = row && row->origin.way == "provider";
    if (everywhere) {
      table.end_sign_ins(actor.id);
    } else {
      table.end_sign_in(sign_in_hash);
    }
    audit(sql, actor, "sign_in.end", actor.id, "",
          json::serialize(json::object{{"everywhere", everywhere}}));
    return by_provider;
  });
}

Result<Decided<bool>> change_password(Database& database, const Actor& actor,
                                      const std::string& password,
                                      const std::string& new_sign_in_hash) {
  return act(database, actor, "password", [&](soci::session& sql) -> Decided<bool> {
    AccountTable table(sql);
    auto account = table.by_id(actor.id);
    if (!account) return refuse(404, "the account is gone");
    // Whom the provider lets in no longer must not stay in by another way.
    if (const auto identity = IdentityTable(sql).of_account(actor.id);
        identity && identity->made_account)
      return refuse(409, "the account signs in by the provider and has no password");
    account->password = password;
    table.update(*account);
    table.remove_link(actor.id);
    table.end_sign_ins(actor.id);
    table.add_sign_in(actor.id, new_sign_in_hash, actor.now_ms, {actor.address, "password"});
    audit(sql, actor, "account.password", actor.id, "", "");
    return true;
  });
}

Result<Decided<bool>> begin_totp(Database& database, const Actor& actor,
                                 const std::string& secret_base16) {
  return act(database, actor, "second factor", [&](soci::session& sql) -> Decided<bool> {
    AccountTable table(sql);
    auto account = table.by_id(actor.id);
    if (!account) return refuse(404, "the account is gone");
    if (account->uses_totp())
      return refuse(409, "there is a second factor already; remove it first");
    account->totp_secret = secret_base16;
    account->totp_confirmed = false;
    account->totp_last_step = 0;
    table.update(*account);
    audit(sql, actor, "totp.begin", actor.id, "", "");
    return true;
  });
}

Result<Decided<bool>> confirm_totp(Database& database, const Actor& actor, const std::string& code,
                                   const std::vector<std::string>& recovery_hashes) {
  return act(database, actor, "second factor", [&](soci::session& sql) -> Decided<bool> {
    AccountTable table(sql);
    auto account = table.by_id(actor.id);
    if (!account) return refuse(404, "the account is gone");
    if (account->totp_secret.empty() || account->totp_confirmed)
      return refuse(409, "no second factor waits to be confirmed; begin anew");
    const auto step = accept_totp(from_base16(account->totp_secret), code, account->totp_last_step,
                                  in_seconds(actor.now_ms));
    if (!step)
      return refuse(422, "the code is not that of this secret; look at the device's clock");
    const std::string before = shown(*account);
    account->totp_confirmed = true;
    account->totp_last_step = *step;
    table.update(*account);
    table.set_recovery_codes(actor.id, recovery_hashes);
    audit(sql, actor, "totp.confirm", actor.id, before, shown(*account));
    return true;
  });
}

Result<Decided<bool>> remove_totp(Database& database, const Actor& actor) {
  return act(database, actor, "second factor", [&](soci::session& sql) -> Decided<bool> {
    AccountTable table(sql);
    auto account = table.by_id(actor.id);
    if (!account) return refuse(404, "the account is gone");
    const std::string before = shown(*account);
    account->totp_secret.clear();
    account->totp_confirmed = false;
    table.update(*account);
    table.set_recovery_codes(actor.id, {});
    audit(sql, actor, "totp.remove", actor.id, before, shown(*account));
    return true;
  });
}

}  // namespace longmen
