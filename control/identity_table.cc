#include "control/identity_table.h"

#include <soci/soci.h>

namespace longmen {

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

void IdentityTable::remove_of(const std::string& account_id) {
  sql_ << "DELETE FROM identities WHERE account_id = :id", soci::use(account_id);
}

}  // namespace longmen
