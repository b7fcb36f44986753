// A sign-in that is under way at a provider, kept by the browser that began it and by nobody else:
// one cookie holds a random seed, when and why it began, and a MAC over all of it. What the
// provider sees of it — state, nonce and the PKCE verifier's hash — is made of the seed by the
// installation's key, so that no part tells another, any node with that database can end what
// another one began, and control may be started anew meanwhile. The cookie's name carries a part of
// the state, so that two windows do not spoil each other's. Good for kFlowLife. Pure.
// OpenID Connect Core §3.1.2.1 (state, nonce), RFC 7636 §4, RFC 9700 §4.7.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"

namespace longmen {

inline constexpr std::chrono::seconds kFlowLife{10 * 60};

struct SignInFlow {
  enum class Purpose { kSignIn, kLink };
  Purpose purpose = Purpose::kSignIn;
  std::string account_id;    // kLink: whose account
  std::string sign_in_hash;  // kLink: by which sign-in it began; hexadecimal
  int64_t begun_s = 0;       // since 1970
  std::string seed;          // make_token()
};

class SignInFlows {
 public:
  void set_key(std::string key) { key_ = std::move(key); }
  bool has_key() const { return !key_.empty(); }

  // `provider`: issuer and client; a flow is good for that one alone.
  std::string cookie_of(const SignInFlow& flow, std::string_view provider) const;
  // Nothing when it is not ours, too old, from the future, or of another state.
  std::optional<SignInFlow> flow_of(std::string_view cookie, std::string_view state,
                                    std::string_view provider, std::chrono::seconds now) const;

  std::string state_of(const SignInFlow& flow) const { return derived("state", flow.seed); }
  std::string nonce_of(const SignInFlow& flow) const { return derived("nonce", flow.seed); }
  std::string verifier_of(const SignInFlow& flow) const { return derived("verifier", flow.seed); }

 private:
  std::string derived(std::string_view what, std::string_view text) const;
  std::string key_;
};

// base64url(SHA-256(verifier)): RFC 7636 §4.2.
std::string code_challenge_of(std::string_view verifier);

// The name of the cookie of the flow with that state, over HTTPS or not. Any path of the node's, so
// that it can be "__Host-". Whether a state could be one is for the caller to see: is_token().
std::string flow_cookie_name(std::string_view state, bool secure);

}  // namespace longmen
