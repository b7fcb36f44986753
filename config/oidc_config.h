// Sign-in by an OpenID provider, as [oidc] of the configuration says it. The client's secret stands
// in a file of its own, which control reads each time that it needs it, so that it can be changed
// without a restart and is in no message between processes.
#pragma once

#include <string>
#include <vector>

namespace longmen {

struct OidcConfig {
  std::string issuer;  // as the provider writes it; empty: no sign-in by a provider
  std::string client_id;
  std::string client_secret_file;  // empty: a public client
  std::string ca_file;             // PEM, of whoever signed the provider's certificate
  std::string public_url;          // as browsers reach this node; empty: as each one says
  std::string label = "OpenID";    // of the button
  std::vector<std::string> scopes = {"openid", "profile"};
  std::string name_claim = "preferred_username";
  bool make_accounts = false;  // for whoever has none, at the first sign-in

  std::string role_claim;    // a claim's name, or names with dots between them, to go inwards
  std::string default_role;  // of who has none by the claim; empty: may not sign in
  struct Roles {             // the claim's values that give the role
    std::vector<std::string> administrator, producer, operating, viewer;
    bool operator==(const Roles&) const = default;
  } roles;

  bool is_on() const { return !issuer.empty(); }
  bool operator==(const OidcConfig&) const = default;
};

inline constexpr const char* kOidcCallback = "/api/v1/oidc/callback";

}  // namespace longmen
