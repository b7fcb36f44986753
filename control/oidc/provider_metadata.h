// What an OpenID provider says of itself at its well-known address, as far as a sign-in needs it,
// and whether it can be believed and used: it must call itself exactly what the configuration calls
// it, and every address must be one that nobody on the way can answer for. Pure.
// OpenID Connect Discovery 1.0 §3 and §4.3, RFC 8414 §2, RFC 9207 §3.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace longmen {

struct ProviderMetadata {
  std::string authorization_endpoint, token_endpoint, keys_url;
  std::string userinfo_endpoint;         // may be empty
  std::string end_session_endpoint;      // likewise: OpenID Connect RP-Initiated Logout 1.0
  bool secret_in_body = false;           // client_secret_post: it takes no client_secret_basic
  bool names_itself_in_answers = false;  // RFC 9207
};

std::string discovery_url(const std::string& issuer);

// In words, for whoever reads the log or runs `longmen doctor`.
Result<ProviderMetadata> provider_metadata_of(std::string_view json, const std::string& issuer);

}  // namespace longmen
