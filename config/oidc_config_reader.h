// Reads [oidc] of a node's configuration, and writes it for control.
#pragma once

#include <boost/json/object.hpp>

#include "config/oidc_config.h"
#include "config/toml_table.h"
#include "core/node/json_fields.h"

namespace longmen {

// https, or plain HTTP to this very machine: what a provider says over anything else could be
// somebody else's word (OpenID Connect Discovery §4).
bool is_secure_url(std::string_view url);

// `look_at_files`: whether those that are named must be readable.
void read_oidc(TomlTable table, OidcConfig& oidc, bool look_at_files);

boost::json::object oidc_to_json(const OidcConfig& oidc);
void oidc_from_json(const JsonFields& fields, OidcConfig& oidc);

}  // namespace longmen
