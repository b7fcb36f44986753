// Whether an ID token is the provider's word about a sign-in that this node began: its signature,
// by a key that the provider published; who said it, for whom, until when, and in answer to what.
// Nothing of the token is believed before its signature was checked, and its header chooses
// nothing but which of the known keys is tried. Knows nothing of the network; unknown keys are told
// apart, so that the caller can fetch the keys anew (OpenID Connect Core §10.1.1). Pure.
// Bounds: kMaxIdTokenBytes; the clocks may differ by kClockLeeway. OpenID Connect Core §2 and
// §3.1.3.7; RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "control/oidc/json_web_key.h"

namespace longmen {

inline constexpr size_t kMaxIdTokenBytes = 32 << 10;  // some carry hundreds of groups
inline constexpr std::chrono::seconds kClockLeeway{60};
inline constexpr std::chrono::seconds kMaxIdTokenAge{10 * 60};  // since "iat"
inline constexpr size_t kMaxSubjectBytes = 255;                 // OpenID Connect Core §2

struct IdTokenExpectation {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  std::string access_token;    // that came with it, which "at_hash" speaks of
  std::chrono::seconds now{};  // since 1970
};

enum class IdTokenFault {
  kMalformed,
  kAlgorithm,   // one that is not taken, or none
  kUnknownKey,  // of no key that was published
  kSignature,
  kIssuer,
  kAudience,  // for somebody else
  kExpired,
  kNotYet,  // from the future: a clock is wrong
  kNonce,
  kSubject,
  kAccessToken,
};
struct IdTokenProblem {
  IdTokenFault fault;
  std::string words;  // for the log; nothing secret
};

// Its claims. "sub" is a text of 1 to kMaxSubjectBytes.
tl::expected<boost::json::object, IdTokenProblem> check_id_token(
    std::string_view token, const std::vector<WebKey>& keys, const IdTokenExpectation& expected);

}  // namespace longmen
