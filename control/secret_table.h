// Secrets that belong to the whole installation and have no account: one row each, made by whoever
// asks first, the same for every node. A restore takes them away (control/restore.h).
#pragma once

#include <string>

#include "control/database.h"

namespace longmen {

inline constexpr const char* kDeviceKey = "device_cookie";
inline constexpr const char* kWatchKey = "watch_token";
inline constexpr const char* kTallyKey = "tally_token";
inline constexpr const char* kOidcKey = "oidc_flow";

// The secret of that name; `fresh` from now on if there is none.
Result<std::string> installation_secret(Database& database, const std::string& name,
                                        const std::string& fresh);
// The one that there is; empty when there is none. Reads only.
Result<std::string> secret_if_any(Database& database, const std::string& name);

}  // namespace longmen
