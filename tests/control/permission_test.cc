#include "control/permission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longmen {
namespace {

using ::testing::ElementsAre;

TEST(PermissionTest, RolesBuildOnEachOther) {
  EXPECT_THAT(permissions_of(AccountRole::kViewer), ElementsAre("look"));
  EXPECT_THAT(permissions_of(AccountRole::kOperator), ElementsAre("look", "operate"));
  EXPECT_THAT(permissions_of(AccountRole::kProducer),
              ElementsAre("look", "operate", "plan", "manage_sites"));
  EXPECT_THAT(permissions_of(AccountRole::kAdministrator),
              ElementsAre("look", "operate", "plan", "manage_sites", "manage_channels",
                          "manage_accounts", "read_audit"));
  EXPECT_FALSE(may(AccountRole::kProducer, Permission::kManageAccounts));
  EXPECT_FALSE(may(AccountRole::kProducer, Permission::kManageChannels));
  EXPECT_FALSE(may(AccountRole::kProducer, Permission::kReadAudit));
  EXPECT_TRUE(may(AccountRole::kAdministrator, Permission::kReadAudit));
}

TEST(PermissionTest, NamesOfRoles) {
  for (AccountRole role : {AccountRole::kViewer, AccountRole::kOperator, AccountRole::kProducer,
                           AccountRole::kAdministrator})
    EXPECT_EQ(role_named(name_of(role)), role);
  EXPECT_EQ(role_named("root"), std::nullopt);
  EXPECT_EQ(role_named(""), std::nullopt);
}

}  // namespace
}  // namespace longmen
