// An account that is made in a transaction of act() (control/act.h), with whatever else is to
// happen with it; create_account() of control/account_actions.h is the same in one of its own.
#pragma once

#include <soci/soci.h>

#include <string>

#include "control/account_table.h"
#include "control/actor.h"
#include "control/decided.h"

namespace longmen {

struct NewAccount {
  std::string id, name;
  AccountRole role = AccountRole::kViewer;
  std::string link_hash;  // of the link with which its person sets a password
};
// 409 when the name is taken, or there are too many, 422 when it is no name. Throws as SOCI does.
Decided<Account> create_account(soci::session& sql, const Actor& actor, const NewAccount& made);

}  // namespace longmen
