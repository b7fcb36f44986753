// What can be done with accounts, each as one transaction with its row of the audit: first start,
// one-time links, signing in and out, roles, passwords, the second factor. Refusals are words for
// whoever asks. Who may ask is decided before (control/gatekeeper.h); passwords come hashed, tokens
// as their SHA-256. Blocking; on the store's thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/account_table.h"
#include "control/audit.h"
#include "control/decided.h"

namespace longmen {

inline constexpr std::chrono::milliseconds kLinkLife = std::chrono::hours(24);
inline constexpr size_t kMaxNameBytes = 64;
inline constexpr int kRecoveryCodes = 10;

// What is wrong with it as the name of an account; nothing when it can be taken.
std::optional<std::string> fault_of_name(std::string_view name);

// On a database without accounts: one administrator, and the link with which that person sets name
// and password. False when there are accounts already.
Result<Decided<bool>> make_first_administrator(Database& database, const std::string& id,
                                               const std::string& link_hash, int64_t now_ms);

Result<Decided<Account>> create_account(Database& database, const Actor& actor,
                                        const std::string& id, const std::string& name,
                                        AccountRole role, const std::string& link_hash);

struct AccountChange {
  std::optional<AccountRole> role;
  std::optional<bool> disabled;  // true ends its sign-ins and its link
};
Result<Decided<Account>> change_account(Database& database, const Actor& actor,
                                        const std::string& id, const AccountChange& change);

// A new link for the account of that id; of an empty one: the account of that name, or the first
// administrator that is not disabled. What the person signed in with stays valid until it is used.
struct AccountChoice {
  std::string id, name;
};
Result<Decided<Account>> make_link(Database& database, const Actor& actor,
                                   const AccountChoice& choice, const std::string& link_hash);

// Whose link it is, as long as it is one.
Result<Decided<Account>> look_at_link(Database& database, const std::string& link_hash,
                                      int64_t now_ms);
struct Redemption {
  std::string link_hash;
  std::string name;      // counts for an account that has no password yet; empty: as it is
  std::string password;  // argon2id
  std::string sign_in_hash;
};
// Password and second factor are what they were no longer, other sign-ins end, one begins.
Result<Decided<Account>> redeem_link(Database& database, const Actor& from,
                                     const Redemption& redemption);

struct SignInAttempt {
  std::string account_id;
  std::string checked_password;         // the hash that the password was found to fit
  std::optional<std::string> new_hash;  // of the same password, at today's cost
  std::string code;                     // of the app, or a recovery code; empty: none was given
  std::string sign_in_hash;
  int failures_before = 0;  // since the last success, for the audit
};
// 401 in words that say which: a code is needed, or was wrong.
inline constexpr std::string_view kCodeNeeded = "a code of the authenticator app is needed";
inline constexpr std::string_view kCodeWrong = "the code is wrong or was used already";
Result<Decided<Account>> sign_in(Database& database, const Actor& from,
                                 const SignInAttempt& attempt);

Result<Decided<bool>> sign_out(Database& database, const Actor& actor,
                               const std::string& sign_in_hash, bool everywhere);

// Ends the account's other sign-ins.
Result<Decided<bool>> change_password(Database& database, const Actor& actor,
                                      const std::string& password, const std::string& sign_in_hash);

// The second factor: a secret that counts once a code of it was shown.
Result<Decided<bool>> begin_totp(Database& database, const Actor& actor,
                                 const std::string& secret_base16);
Result<Decided<bool>> confirm_totp(Database& database, const Actor& actor, const std::string& code,
                                   const std::vector<std::string>& recovery_hashes);
Result<Decided<bool>> remove_totp(Database& database, const Actor& actor);

// As a person types it: dashes, spaces and case do not count.
std::string recovery_hash(std::string_view code);

}  // namespace longmen
