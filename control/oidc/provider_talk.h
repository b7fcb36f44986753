// What is asked of an OpenID provider, request by request: its metadata and keys; then, for a code
// that a browser brought, tokens, and userinfo when the ID token lacks a claim that the
// configuration names. Blocking: on a thread made for waiting (control/oidc/provider.h) or in
// `longmen doctor`. Keeps nothing. OpenID Connect Core §3.1.3 and §5.3, RFC 6749 §4.1.3 and §2.3.1.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/oidc_config.h"
#include "control/oidc/json_web_key.h"
#include "control/oidc/provider_metadata.h"
#include "control/oidc/web_fetch.h"

namespace longmen {

// What went wrong, as the page for signing in tells it apart.
enum class OidcTrouble {
  kUnreachable,  // no answer, or one that says to try again
  kUnusable,  // an answer, and not one by which anybody could sign in: whoever runs this mends it
  kRefused,   // the code is none, or was used
  kToken,     // the ID token is not what it has to be
  kBusy,      // too many wait here
};
std::string_view name_of(OidcTrouble trouble);

struct OidcProblem {
  OidcTrouble trouble;
  std::string words;  // for the log and for `longmen doctor`; nothing secret
};
template <class T>
using Asked = tl::expected<T, OidcProblem>;

struct ProviderFacts {
  ProviderMetadata metadata;
  std::vector<WebKey> keys;
};
Asked<ProviderFacts> ask_provider(const OidcConfig& config, const WebFetch& fetch);

struct CodeExchange {
  std::string code, verifier, redirect_uri, nonce;
  std::chrono::seconds now{};
  bool may_fetch_keys = false;  // anew, when the token is signed by one that is not known
};
struct Exchanged {
  boost::json::object claims;
  std::optional<std::vector<WebKey>> keys;  // that were fetched anew
  std::string complaint;                    // that did not keep it from succeeding
};
Asked<Exchanged> exchange_code(const OidcConfig& config, const ProviderFacts& facts,
                               const CodeExchange& exchange, const WebFetch& fetch);

}  // namespace longmen
