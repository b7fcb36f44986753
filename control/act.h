// The one way in which a person's action reaches the database. Between the moment at which somebody
// was admitted (control/gatekeeper.h) and the action lie queues and a password's hash, in which a
// sign-in ends, a role changes or a password becomes another one; so the action's transaction
// begins by looking again. Every action that takes an Actor is written with act(); in_transaction()
// (control/decided.h) is for what nobody was admitted to. Blocking; on the store's thread.
#pragma once

#include <soci/soci.h>

#include "control/actor.h"
#include "control/decided.h"

namespace longmen {

// What who was not admitted is told; the same words before and in the transaction.
tl::unexpected<HttpProblem> refuse_signed_out();
tl::unexpected<HttpProblem> refuse_role(AccountRole role);
tl::unexpected<HttpProblem> refuse_token();
tl::unexpected<HttpProblem> refuse_scope();

// 401 when the sign-in has ended or the account is disabled, 403 when its role may no longer, 409
// when its password is another one than was checked. An actor without an account is this machine
// and needs no leave; one with an account and no standing has none. Throws as SOCI does.
Decided<bool> still_stands(soci::session& sql, const Actor& actor);

// Runs `work(soci::session&)`, which returns a Decided, if the actor still may.
template <class Work>
auto act(Database& database, const Actor& actor, const std::string& what, Work work)
    -> Result<decltype(work(std::declval<soci::session&>()))> {
  using Outcome = decltype(work(std::declval<soci::session&>()));
  return in_transaction(database, what, [&](soci::session& sql) -> Outcome {
    if (auto stands = still_stands(sql, actor); !stands)
      return tl::unexpected<HttpProblem>(std::move(stands.error()));
    return work(sql);
  });
}

}  // namespace longmen
