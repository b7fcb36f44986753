#include "control/identity_table.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include "core/base/sha256.h"

namespace longmen {
namespace {

constexpr size_t kIdCharacters = 16;

std::vector<TurnedAway> select_turned_away(soci::session& sql, const std::string& order) {
  std::vector<TurnedAway> found;
  TurnedAway row;
  soci::statement rows = (sql.prepare << "SELECT issuer, subject, name, since_ms, made_by"
                                         " FROM turned_away ORDER BY since_ms DESC, subject" +
                                             order,
                          soci::into(row.issuer), soci::into(row.subject), soci::into(row.name),
                          soci::into(row.since_ms), soci::into(row.by));
  rows.execute();
  while (rows.fetch())
    found.push_back(row);
  return found;
}

}  // namespace

std::string TurnedAway::id() const {
  return sha256_hex(issuer + "\n" + subject).substr(0, kIdCharacters);
}

std::optional<Identity> IdentityTable::select(const std::string& condition,
                                              const std::string& first, const std::string& second) {
  Identity row;
  int made = 0;
  sql_ << "SELECT issuer, subject, account_id, made_account, linked_ms FROM identities " +
              condition,
      soci::use(first, "a"), soci::use(second, "b"), soci::into(row.issuer),
      soci::into(row.subject), soci::into(row.account_id), soci::into(made),
      soci::into(row.linked_ms);
  if (!sql_.got_data()) return std::nullopt;
  row.made_account = made != 0;
  return row;
}

std::optional<Identity> IdentityTable::of(const std::string& issuer, const std::string& subject) {
  return select("WHERE issuer = :a AND subject = :b", issuer, subject);
}

std::optional<Identity> IdentityTable::of_account(const std::string& account_id) {
  return select("WHERE account_id = :a AND account_id = :b", account_id, account_id);
}

void IdentityTable::insert(const Identity& identity) {
  const int made = identity.made_account;
  sql_ << "INSERT INTO identities (issuer, subject, account_id, made_account, linked_ms)"
          " VALUES (:issuer, :subject, :account, :made, :linked)",
      soci::use(identity.issuer), soci::use(identity.subject), soci::use(identity.account_id),
      soci::use(made), soci::use(identity.linked_ms);
}

void IdentityTable::turn_away(const Identity& identity, const std::string& name, int64_t now_ms,
                              const std::string& by) {
  sql_ << "INSERT INTO turned_away (issuer, subject, name, since_ms, made_by)"
          " VALUES (:issuer, :subject, :name, :since, :by) ON CONFLICT (issuer, subject) DO UPDATE"
          " SET name = excluded.name, since_ms = excluded.since_ms, made_by = excluded.made_by",
      soci::use(identity.issuer), soci::use(identity.subject), soci::use(name), soci::use(now_ms),
      soci::use(by);
}

void IdentityTable::let_in(const std::string& issuer, const std::string& subject) {
  sql_ << "DELETE FROM turned_away WHERE issuer = :issuer AND subject = :subject",
      soci::use(issuer), soci::use(subject);
}

bool IdentityTable::is_turned_away(const std::string& issuer, const std::string& subject) {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM turned_away WHERE issuer = :issuer AND subject = :subject",
      soci::into(count), soci::use(issuer), soci::use(subject);
  return count > 0;
}

int IdentityTable::turned_away() {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM turned_away", soci::into(count);
  return count;
}

std::vector<TurnedAway> IdentityTable::turned_away_page(int limit, int skip) {
  return select_turned_away(sql_, fmt::format(" LIMIT {} OFFSET {}", limit, skip));
}

std::optional<TurnedAway> IdentityTable::turned_away_named(const std::string& id) {
  for (TurnedAway& each : select_turned_away(sql_, ""))  // at most kMaxTurnedAway
    if (each.id() == id) return std::move(each);
  return std::nullopt;
}

void IdentityTable::remove_of(const std::string& account_id) {
  sql_ << "DELETE FROM identities WHERE account_id = :id", soci::use(account_id);
}

}  // namespace longmen
