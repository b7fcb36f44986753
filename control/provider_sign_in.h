// What a provider's word about a person does to accounts, each as one transaction with its row of
// the audit: signing in, with an account made for whoever has none when the configuration says so;
// linking an account to that person, and ending that. Whether the word is the provider's was
// checked before (control/oidc/id_token.h). Blocking; on the store's thread.
#pragma once

#include <optional>
#include <string>

#include "control/account_table.h"
#include "control/audit.h"
#include "control/decided.h"
#include "control/identity_table.h"

namespace longmen {

struct ProviderWord {
  std::string issuer, subject;
  std::string name;                 // for a new account; another one when it is taken
  std::optional<AccountRole> role;  // nothing: may not sign in
  bool says_roles = false;          // and not the studio, of accounts that a sign-in made
  bool make_account = false;        // for whoever has none
  int64_t confirmed_ms = 0;         // when it asked the person last; 0: unknown
};

// Refusals, told apart by their words.
inline constexpr std::string_view kNoAccount =
    "nobody's account here is linked to this person; an administrator makes one, and its owner "
    "links it at \"Your account\"";
inline constexpr std::string_view kNoRole = "the provider gives this person no role here";
inline constexpr std::string_view kDisabled = "the account is disabled";
inline constexpr std::string_view kTurnedAway =
    "this person's account here was removed or taken from the provider; an administrator lets the "
    "person in again";
inline constexpr std::string_view kLinkedElsewhere = "this person is linked to another account";

// `fresh_id`: of an account, if one is made.
Result<Decided<Account>> sign_in_by_provider(Database& database, const Actor& from,
                                             const ProviderWord& word, const std::string& fresh_id,
                                             const std::string& sign_in_hash);
// A row about somebody whom the provider vouched for and who may not in; behind the limiter.
Result<Decided<bool>> note_provider_refusal(Database& database, const Actor& from,
                                            const ProviderWord& word, std::string_view why);

// By whoever signed in as that account when the flow began, and still is.
Result<Decided<Account>> link_provider(Database& database, const Actor& from,
                                       const std::string& account_id,
                                       const std::string& sign_in_hash, const ProviderWord& word);
Result<Decided<bool>> unlink_provider(Database& database, const Actor& actor);

}  // namespace longmen
