// What can be done with accounts, each as one transaction with its row of the audit: first start,
// one-time links, signing in and out, roles, passwords, the second factor. Refusals are words for
// whoever asks. Who may ask is decided before (control/gatekeeper.h) and looked at again in the
// transaction of whatever takes an actor (control/act.h). Passwords come hashed, tokens as their
// SHA-256. Blocking; on the store's thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/account_name.h"
#include "control/account_table.h"
#include "control/audit.h"
#include "control/decided.h"

namespace longmen {

inline constexpr std::chrono::milliseconds kLinkLife = std::chrono::hours(24);
inline constexpr int kRecoveryCodes = 10;

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
// Of one that is disabled. Whom a provider vouched for is turned away from then on.
Result<Decided<Account>> remove_account(Database& database, const Actor& actor,
                                        const std::string& id);

// A new link for the account of that id; of an empty one: the account of that name, or the first
// administrator that is not disabled. Nobody makes one for the own account. What the person signed
// in with stays valid until it is used.
struct AccountChoice {
  std::string id, name;
};
Result<Decided<Account>> make_link(Database& database, const Actor& actor,
                                   const AccountChoice& choice, const std::string& link_hash);

// What is answered to a link that is none any more, or never was.
tl::unexpected<HttpProblem> refuse_link();
// Whose link it is, as long as it is one. Writes nothing.
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

// A row about what was refused, in a transaction of its own, since the refused one is rolled back.
// Only behind the limiter, or strangers would fill the audit.
inline constexpr std::string_view kCodeRefused = "sign_in.code_refused";  // after the password
inline constexpr std::string_view kPasswordRefused = "account.password_refused";  // asked again
Result<Decided<bool>> note_refusal(Database& database, const Actor& from,
                                   const std::string& account_id, std::string_view action);

// Whether it was a sign-in by the provider.
Result<Decided<bool>> sign_out(Database& database, const Actor& actor,
                               const std::string& sign_in_hash, bool everywhere);

// Ends all sign-ins of the account; another one begins.
Result<Decided<bool>> change_password(Database& database, const Actor& actor,
                                      const std::string& password,
                                      const std::string& new_sign_in_hash);

// The second factor: a secret that counts once a code of it was shown.
Result<Decided<bool>> begin_totp(Database& database, const Actor& actor,
                                 const std::string& secret_base16);
Result<Decided<bool>> confirm_totp(Database& database, const Actor& actor, const std::string& code,
                                   const std::vector<std::string>& recovery_hashes);
Result<Decided<bool>> remove_totp(Database& database, const Actor& actor);

// As a person types it: dashes, spaces and case do not count.
std::string recovery_hash(std::string_view code);

}  // namespace longmen
