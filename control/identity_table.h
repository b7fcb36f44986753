// Which account is whose at the provider: by issuer and subject, which a provider never gives to
// somebody else (OpenID Connect Core §5.7), and by nothing that it may. One an account. Inside the
// caller's transaction; throws as SOCI does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace soci {
class session;
}

namespace longmen {

struct Identity {
  std::string issuer, subject, account_id;
  // A sign-in made the account, which has no password and whose role the provider says.
  bool made_account = false;
  int64_t linked_ms = 0;
};

class IdentityTable {
 public:
  explicit IdentityTable(soci::session& sql) : sql_(sql) {}
  std::optional<Identity> of(const std::string& issuer, const std::string& subject);
  std::optional<Identity> of_account(const std::string& account_id);
  void insert(const Identity& identity);
  void remove_of(const std::string& account_id);

 private:
  std::optional<Identity> select(const std::string& condition, const std::string& first,
                                 const std::string& second);
  soci::session& sql_;
};

}  // namespace longmen
