#include "control/permission.h"

#include <array>

#include "core/base/names.h"

namespace longmen {
namespace {

constexpr std::array kRoles{
    Named{AccountRole::kViewer, "viewer"},
    Named{AccountRole::kOperator, "operator"},
    Named{AccountRole::kProducer, "producer"},
    Named{AccountRole::kAdministrator, "administrator"},
};

struct PermissionRow {
  Permission permission;
  std::string_view name;
  AccountRole least;  // this role and those that build on it
};
constexpr std::array kPermissions{
    PermissionRow{Permission::kLook, "look", AccountRole::kViewer},
    PermissionRow{Permission::kOperate, "operate", AccountRole::kOperator},
    PermissionRow{Permission::kPlan, "plan", AccountRole::kProducer},
    PermissionRow{Permission::kManageSites, "manage_sites", AccountRole::kProducer},
    PermissionRow{Permission::kManageChannels, "manage_channels", AccountRole::kAdministrator},
    PermissionRow{Permission::kManageAccounts, "manage_accounts", AccountRole::kAdministrator},
    PermissionRow{Permission::kReadAudit, "read_audit", AccountRole::kAdministrator},
};

}  // namespace

std::string_view name_of(AccountRole role) {
  return name_in(kRoles, role);
}

std::optional<AccountRole> role_named(std::string_view name) {
  return value_in<AccountRole>(kRoles, name);
}

std::string_view name_of(Permission permission) {
  for (const PermissionRow& row : kPermissions) {
    if (row.permission == permission) return row.name;
  }
  return {};
}

std::optional<Permission> permission_named(std::string_view name) {
  for (const PermissionRow& row : kPermissions) {
    if (row.name == name) return row.permission;
  }
  return std::nullopt;
}

bool may(AccountRole role, Permission permission) {
  for (const PermissionRow& row : kPermissions) {
    if (row.permission == permission) return role >= row.least;
  }
  return false;
}

std::vector<std::string_view> permissions_of(AccountRole role) {
  std::vector<std::string_view> names;
  for (const PermissionRow& row : kPermissions) {
    if (role >= row.least) names.push_back(row.name);
  }
  return names;
}

}  // namespace longmen
