// What each role of an account may do: one table, and the only place that knows it. Roles build on
// each other; a viewer may look at everything in the studio and change nothing. What the public may
// see asks for no permission at all.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace longmen {

enum class AccountRole { kViewer, kOperator, kProducer, kAdministrator };

enum class Permission {
  kLook,            // everything that the studio shows, but accounts and audit
  kOperate,         // what is on air
  kPlan,            // sessions and what belongs to them
  kManageSites,     // and their screens
  kManageChannels,  // and their stream keys
  kManageAccounts,  // who may do what
  kReadAudit,
};

std::string_view name_of(AccountRole role);
std::optional<AccountRole> role_named(std::string_view name);
std::string_view name_of(Permission permission);
std::optional<Permission> permission_named(std::string_view name);

bool may(AccountRole role, Permission permission);
std::vector<std::string_view> permissions_of(AccountRole role);

}  // namespace longmen
