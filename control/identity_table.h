// Which account is whose at the provider: by issuer and subject, which a provider never gives to
// somebody else (OpenID Connect Core §5.7), and by nothing that it may. One an account. Inside the
// caller's transaction; throws as SOCI does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

inline constexpr int kMaxTurnedAway = 5000;

// Whoever had an account that was removed, or taken from the provider by a reset link: no sign-in
// there makes another one, until an administrator lets the person in again or the person links an
// account that an administrator made.
struct TurnedAway {
  std::string issuer, subject;
  std::string name;  // of the account
  int64_t since_ms = 0;
  std::string by;  // empty: by the reset link

  // By which it is named in addresses.
  std::string id() const;
};

class IdentityTable {
 public:
  explicit IdentityTable(soci::session& sql) : sql_(sql) {}
  std::optional<Identity> of(const std::string& issuer, const std::string& subject);
  std::optional<Identity> of_account(const std::string& account_id);
  void insert(const Identity& identity);
  void remove_of(const std::string& account_id);

  void turn_away(const Identity& identity, const std::string& name, int64_t now_ms,
                 const std::string& by);
  void let_in(const std::string& issuer, const std::string& subject);
  bool is_turned_away(const std::string& issuer, const std::string& subject);
  int turned_away();
  std::vector<TurnedAway> turned_away_page(int limit, int skip);  // the latest first
  std::optional<TurnedAway> turned_away_named(const std::string& id);

 private:
  std::optional<Identity> select(const std::string& condition, const std::string& first,
                                 const std::string& second);
  soci::session& sql_;
};

}  // namespace longmen
