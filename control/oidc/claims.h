// What of a provider's claims becomes an account: its role, by the configuration's mapping, and a
// name that can be one here. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/oidc_config.h"
#include "control/permission.h"

namespace longmen {

// The texts of a claim, which may be one or a list; of a name with dots that is no claim's itself,
// of the claim inside.
std::vector<std::string> claim_values(const boost::json::object& claims, std::string_view name);

// By the highest value that the mapping knows; else the default; nothing: may not sign in. Without
// a role claim it is the default.
std::optional<AccountRole> role_of_claims(const boost::json::object& claims,
                                          const OidcConfig& config);

// The claim of the configuration, else another one that may be a name, cut and cleaned until
// fault_of_name() has nothing to say of it.
std::string name_of_claims(const boost::json::object& claims, const OidcConfig& config);

// `userinfo` beside the ID token's claims, which stand as they are; lists become one.
void add_claims(boost::json::object& claims, const boost::json::object& userinfo);

}  // namespace longmen
