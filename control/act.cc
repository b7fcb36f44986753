#include "control/act.h"

#include <fmt/format.h>

#include "control/account_table.h"
#include "control/api_token.h"

namespace longmen {

tl::unexpected<HttpProblem> refuse_signed_out() {
  return refuse(401, "the sign-in has ended; sign in again");
}

tl::unexpected<HttpProblem> refuse_role(AccountRole role) {
  return refuse(403, fmt::format("a {} may not do this; an administrator can change the role",
                                 name_of(role)));
}

tl::unexpected<HttpProblem> refuse_token() {
  return refuse(401, "the token has ended or was removed, or there never was one");
}

tl::unexpected<HttpProblem> refuse_scope() {
  return refuse(403, "the token has no scope for this");
}

namespace {

Decided<bool> token_stands(soci::session& sql, const Actor& actor, const Standing& standing) {
  const auto token = ApiTokenTable(sql).by_hash(standing.sign_in_hash);
  if (!token || token->account != actor.id || token->expires_ms <= actor.now_ms)
    return refuse_token();
  const auto account = AccountTable(sql).by_id(actor.id);
  if (!account || account->disabled) return refuse_token();
  if (!standing.permission || !token->has(*standing.permission)) return refuse_scope();
  if (!may(account->role, *standing.permission)) return refuse_role(account->role);
  if (standing.checked_password && account->password != *standing.checked_password)
    return refuse(409, "the password has just been changed; try again");
  return true;
}

}  // namespace

Decided<bool> still_stands(soci::session& sql, const Actor& actor) {
  if (actor.id.empty()) return true;
  if (!actor.standing) return refuse_signed_out();
  const Standing& standing = *actor.standing;
  AccountTable table(sql);
  if (standing.by_token) return token_stands(sql, actor, standing);
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
