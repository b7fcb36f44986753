// The tables of accounts, their one-time links, sign-ins and recovery codes, as they stand in the
// database: what is read and written, not who may. Secrets come and go as SHA-256 hashes. Every
// function throws as SOCI does; transactions are the caller's (control/account_actions.h).
// Bounds: kMaxAccounts, one link an account, kMaxSignIns an account.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/account_name.h"
#include "control/permission.h"

namespace soci {
class session;
}

namespace longmen {

inline constexpr int kMaxAccounts = 1000;
inline constexpr int kMaxSignIns = 32;  // of an account; the oldest ends
inline constexpr int kMaxAccountPage = 200;

struct Account {
  std::string id;
  std::string name;
  AccountRole role = AccountRole::kViewer;
  bool disabled = false;
  std::string password;     // argon2id; empty: none was set yet
  std::string totp_secret;  // base16; empty: none
  bool totp_confirmed = false;
  int64_t totp_last_step = 0;
  int64_t created_ms = 0;
  int64_t last_sign_in_ms = 0;  // 0: never
  int recovery_codes_left = 0;  // as it was read
  // As it was read: whether it is linked to a person at the provider (control/identity_table.h).
  enum class Provider { kNone, kLinked, kMade } provider = Provider::kNone;

  bool uses_totp() const { return totp_confirmed && !totp_secret.empty(); }
};

struct SignInLimits {
  std::chrono::milliseconds idle = std::chrono::hours(12);
  std::chrono::milliseconds longest = std::chrono::hours(24 * 7);
};

struct LinkRow {
  std::string account_id;
  int64_t expires_ms = 0;
};

// How somebody signed in, for administrators.
struct SignInOrigin {
  std::string address;
  std::string way;           // "password", "link", "provider"
  int64_t confirmed_ms = 0;  // when a provider last asked the person who it is; 0: unknown
};

struct SignInRow {
  std::string hash;
  std::string account_id;
  int64_t created_ms = 0;
  int64_t last_seen_ms = 0;
  SignInOrigin origin;

  bool has_ended(const SignInLimits& limits, int64_t now_ms) const;
  // Whether its use is to be written down again; not at each one, or every request would write.
  bool note_is_due(const SignInLimits& limits, int64_t now_ms) const;
};

class AccountTable {
 public:
  explicit AccountTable(soci::session& sql) : sql_(sql) {}

  std::optional<Account> by_id(const std::string& id);
  std::optional<Account> by_name(std::string_view name);
  // In the order of names, after the account of that name.
  std::vector<Account> page(std::string_view after_name, int limit);
  int count();
  // Administrators who are not disabled and have set a password, except this one.
  int other_administrators(const std::string& except_id);
  // Whether there is one of those.
  bool is_set_up();
  // The one that was made first and is not disabled.
  std::optional<Account> first_administrator();
  void insert(const Account& account);
  void remove(const std::string& id);  // with all that is its alone
  // All but the role, which may be one that a later version knows.
  void update(const Account& account);
  void set_role(const std::string& account_id, AccountRole role);

  // Takes the place of an earlier link of the account.
  void set_link(const std::string& account_id, const std::string& hash, int64_t expires_ms);
  std::optional<LinkRow> link(const std::string& hash);
  void remove_link(const std::string& account_id);

  void add_sign_in(const std::string& account_id, const std::string& hash, int64_t now_ms,
                   const SignInOrigin& origin);
  std::optional<SignInRow> sign_in(const std::string& hash);
  // Those that have not ended, of all accounts, the one that was used last first, below that place.
  std::vector<SignInRow> sign_in_page(const SignInLimits& limits, int64_t now_ms, int limit,
                                      int skip);
  // The one whose hash begins so.
  std::optional<SignInRow> sign_in_named(const std::string& id);
  void note_use(const std::string& hash, int64_t now_ms);
  void end_sign_in(const std::string& hash);
  // All of the account but one.
  void end_sign_ins(const std::string& account_id, const std::string& except_hash = "");
  void end_old_sign_ins(const SignInLimits& limits, int64_t now_ms);

  void set_recovery_codes(const std::string& account_id, const std::vector<std::string>& hashes);
  // Whether it was one; it is none afterwards.
  bool use_recovery_code(const std::string& account_id, const std::string& hash);

 private:
  // `condition` has ":v", the only parameter.
  std::vector<Account> select(const std::string& condition, const std::string& value);
  // `condition` has ":a" and ":b".
  std::vector<SignInRow> select_sign_ins(const std::string& condition, const std::string& first,
                                         const std::string& second);

  soci::session& sql_;
};

}  // namespace longmen
