#include "control/act.h"

#include <fmt/format.h>

#include "control/account_table.h"

namespace longmen {

tl::unexpected<HttpProblem> refuse_signed_out() {
  return refuse(401, "the sign-in has ended; sign in again");
}

tl::unexpected<HttpProblem> refuse_role(AccountRole role) {
  return refuse(403, fmt::format("a {} may not do this; an administrator can change the role",
                                 name_of(role)));
}

Decided<bool> still_stands(soci::session& sql, const Actor& actor) {
  if (actor.id.empty()) return true;
  if (!actor.standing) return refuse_signed_out();
  const Standing& standing = *actor.standing;
  AccountTable table(sql);
  const auto sign_in = table.sign_in(standing.sign_in_hash);
  if (!sign_in || sign_in->account_id != actor.id) return refuse_signed_out();
  const auto account = table.by_id(actor.id);
  if (!account || account->disabled) return refuse_signed_out();
  if (standing.permission && !may(account->role, *standing.permission))
    return refuse_role(account->role);
  if (standing.checked_password && account->password != *standing.checked_password)
    return refuse(409, "the password has just been changed; try again");
  return true;
}

}  // namespace longmen
