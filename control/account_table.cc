#include "control/account_table.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>

namespace longmen {
namespace {

constexpr const char* kAccountColumns =
    "id, name, role, disabled, password, totp_secret, totp_confirmed, totp_last_step, created_ms,"
    " last_sign_in_ms,"
    " (SELECT COUNT(*) FROM recovery_codes WHERE account_id = accounts.id),"
    " COALESCE((SELECT made_account FROM identities WHERE account_id = accounts.id), -1)";
constexpr int64_t kSeenEveryMs = 60'000;

}  // namespace

std::vector<Account> AccountTable::select(const std::string& condition, const std::string& value) {
  std::vector<Account> found;
  Account row;
  std::string role;
  int disabled = 0, confirmed = 0, made = 0;
  soci::statement rows =
      (sql_.prepare << "SELECT " << kAccountColumns << " FROM accounts " << condition,
       soci::use(value), soci::into(row.id), soci::into(row.name), soci::into(role),
       soci::into(disabled), soci::into(row.password), soci::into(row.totp_secret),
       soci::into(confirmed), soci::into(row.totp_last_step), soci::into(row.created_ms),
       soci::into(row.last_sign_in_ms), soci::into(row.recovery_codes_left), soci::into(made));
  rows.execute();
  while (rows.fetch()) {
    // A role of a later version: it may do the least.
    row.role = role_named(role).value_or(AccountRole::kViewer);
    row.disabled = disabled != 0;
    row.totp_confirmed = confirmed != 0;
    row.provider = made < 0    ? Account::Provider::kNone
                   : made == 0 ? Account::Provider::kLinked
                               : Account::Provider::kMade;
    found.push_back(row);
  }
  return found;
}

std::optional<Account> AccountTable::by_id(const std::string& id) {
  auto found = select("WHERE id = :v", id);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<Account> AccountTable::by_name(std::string_view name) {
  auto found = select("WHERE name_key = :v", name_key(name));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Account> AccountTable::page(std::string_view after_name, int limit) {
  return select(fmt::format("WHERE name_key > :v ORDER BY name_key LIMIT {}",
                            std::clamp(limit, 1, kMaxAccountPage)),
                name_key(after_name));
}

int AccountTable::count() {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM accounts", soci::into(count);
  return count;
}

int AccountTable::other_administrators(const std::string& except_id) {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM accounts WHERE role = 'administrator' AND disabled = 0 AND"
          " password <> '' AND id <> :id",
      soci::into(count), soci::use(except_id);
  return count;
}

bool AccountTable::is_set_up() {
  return other_administrators("") > 0;
}

std::optional<Account> AccountTable::first_administrator() {
  auto found = select("WHERE role = :v AND disabled = 0 ORDER BY created_ms, id LIMIT 1",
                      std::string(name_of(AccountRole::kAdministrator)));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void AccountTable::remove(const std::string& id) {
  sql_ << "DELETE FROM accounts WHERE id = :id", soci::use(id);
}

void AccountTable::insert(const Account& account) {
  const std::string key = name_key(account.name), role(name_of(account.role));
  sql_ << "INSERT INTO accounts (id, name, name_key, role, disabled, password, totp_secret,"
          " totp_confirmed, totp_last_step, created_ms, last_sign_in_ms)"
          " VALUES (:id, :name, :name_key, :role, 0, '', '', 0, 0, :created, 0)",
      soci::use(account.id), soci::use(account.name), soci::use(key), soci::use(role),
      soci::use(account.created_ms);
  update(account);
}

void AccountTable::update(const Account& account) {
  const std::string key = name_key(account.name);
  const int disabled = account.disabled, confirmed = account.totp_confirmed;
  sql_ << "UPDATE accounts SET name = :name, name_key = :name_key,"
          " disabled = :disabled, password = :password, totp_secret = :totp_secret,"
          " totp_confirmed = :confirmed, totp_last_step = :step, last_sign_in_ms = :signed_in"
          " WHERE id = :id",
      soci::use(account.name), soci::use(key), soci::use(disabled), soci::use(account.password),
      soci::use(account.totp_secret), soci::use(confirmed), soci::use(account.totp_last_step),
      soci::use(account.last_sign_in_ms), soci::use(account.id);
}

void AccountTable::set_role(const std::string& account_id, AccountRole role) {
  const std::string name(name_of(role));
  sql_ << "UPDATE accounts SET role = :role WHERE id = :id", soci::use(name), soci::use(account_id);
}

void AccountTable::set_link(const std::string& account_id, const std::string& hash,
                            int64_t expires_ms) {
  remove_link(account_id);
  sql_ << "INSERT INTO account_links (hash, account_id, expires_ms) VALUES (:hash, :id, :expires)",
      soci::use(hash), soci::use(account_id), soci::use(expires_ms);
}

std::optional<LinkRow> AccountTable::link(const std::string& hash) {
  LinkRow row;
  sql_ << "SELECT account_id, expires_ms FROM account_links WHERE hash = :hash",
      soci::into(row.account_id), soci::into(row.expires_ms), soci::use(hash);
  if (!sql_.got_data()) return std::nullopt;
  return row;
}

void AccountTable::remove_link(const std::string& account_id) {
  sql_ << "DELETE FROM account_links WHERE account_id = :id", soci::use(account_id);
}

void AccountTable::add_sign_in(const std::string& account_id, const std::string& hash,
                               int64_t now_ms, const SignInOrigin& origin) {
  sql_ << "INSERT INTO sign_ins (hash, account_id, created_ms, last_seen_ms, address, way,"
          " confirmed_ms) VALUES (:hash, :id, :created, :seen, :address, :way, :confirmed)",
      soci::use(hash), soci::use(account_id), soci::use(now_ms), soci::use(now_ms),
      soci::use(origin.address), soci::use(origin.way), soci::use(origin.confirmed_ms);
  sql_ << fmt::format(
      "DELETE FROM sign_ins WHERE account_id = :id AND hash NOT IN (SELECT hash FROM sign_ins"
      " WHERE account_id = :same ORDER BY created_ms DESC, hash LIMIT {})",
      kMaxSignIns),
      soci::use(account_id), soci::use(account_id);
}

bool SignInRow::has_ended(const SignInLimits& limits, int64_t now_ms) const {
  return now_ms - last_seen_ms >= limits.idle.count() ||
         now_ms - created_ms >= limits.longest.count();
}

bool SignInRow::note_is_due(const SignInLimits& limits, int64_t now_ms) const {
  return now_ms - last_seen_ms >= std::min<int64_t>(kSeenEveryMs, limits.idle.count() / 2);
}

std::vector<SignInRow> AccountTable::select_sign_ins(const std::string& condition,
                                                     const std::string& first,
                                                     const std::string& second) {
  std::vector<SignInRow> found;
  SignInRow row;
  soci::statement rows =
      (sql_.prepare << "SELECT hash, account_id, created_ms, last_seen_ms, address, way,"
                       " confirmed_ms FROM sign_ins "
                    << condition,
       soci::use(first, "a"), soci::use(second, "b"), soci::into(row.hash),
       soci::into(row.account_id), soci::into(row.created_ms), soci::into(row.last_seen_ms),
       soci::into(row.origin.address), soci::into(row.origin.way),
       soci::into(row.origin.confirmed_ms));
  rows.execute();
  while (rows.fetch())
    found.push_back(row);
  return found;
}

std::optional<SignInRow> AccountTable::sign_in(const std::string& hash) {
  auto found = select_sign_ins("WHERE hash >= :a AND hash <= :b", hash, hash);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<SignInRow> AccountTable::sign_in_named(const std::string& id) {
  // Hexadecimal digits: 'g' comes behind them all.
  auto found = select_sign_ins("WHERE hash >= :a AND hash < :b", id, id + "g");
  if (found.size() != 1) return std::nullopt;
  return std::move(found.front());
}

std::vector<SignInRow> AccountTable::sign_in_page(const SignInLimits& limits, int64_t now_ms,
                                                  int limit, int skip) {
  // Texts of one length, so that they compare as numbers would not: as what they are, the numbers
  // of this query stand in it.
  return select_sign_ins(
      fmt::format("WHERE hash >= :a AND hash < :b AND last_seen_ms > {} AND created_ms > {}"
                  " ORDER BY last_seen_ms DESC, hash LIMIT {} OFFSET {}",
                  now_ms - limits.idle.count(), now_ms - limits.longest.count(),
                  std::clamp(limit, 1, kMaxAccountPage), std::max(skip, 0)),
      "", "g");
}

void AccountTable::note_use(const std::string& hash, int64_t now_ms) {
  sql_ << "UPDATE sign_ins SET last_seen_ms = :now WHERE hash = :hash", soci::use(now_ms),
      soci::use(hash);
}

void AccountTable::end_sign_in(const std::string& hash) {
  sql_ << "DELETE FROM sign_ins WHERE hash = :hash", soci::use(hash);
}

void AccountTable::end_sign_ins(const std::string& account_id, const std::string& except_hash) {
  sql_ << "DELETE FROM sign_ins WHERE account_id = :id AND hash <> :hash", soci::use(account_id),
      soci::use(except_hash);
}

void AccountTable::end_old_sign_ins(const SignInLimits& limits, int64_t now_ms) {
  const int64_t idle_since = now_ms - limits.idle.count();
  const int64_t oldest = now_ms - limits.longest.count();
  sql_ << "DELETE FROM sign_ins WHERE last_seen_ms <= :idle OR created_ms <= :oldest",
      soci::use(idle_since), soci::use(oldest);
}

void AccountTable::set_recovery_codes(const std::string& account_id,
                                      const std::vector<std::string>& hashes) {
  sql_ << "DELETE FROM recovery_codes WHERE account_id = :id", soci::use(account_id);
  for (const std::string& hash : hashes) {
    sql_ << "INSERT INTO recovery_codes (account_id, hash) VALUES (:id, :hash)",
        soci::use(account_id), soci::use(hash);
  }
}

bool AccountTable::use_recovery_code(const std::string& account_id, const std::string& hash) {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM recovery_codes WHERE account_id = :id AND hash = :hash",
      soci::into(count), soci::use(account_id), soci::use(hash);
  if (count == 0) return false;
  sql_ << "DELETE FROM recovery_codes WHERE account_id = :id AND hash = :hash",
      soci::use(account_id), soci::use(hash);
  return true;
}

}  // namespace longmen
