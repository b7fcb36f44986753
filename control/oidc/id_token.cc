#include "control/oidc/id_token.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <optional>

#include "core/base/base64url.h"
#include "core/base/plain_text.h"

namespace longmen {
namespace json = boost::json;
namespace {

using Fault = IdTokenFault;

constexpr size_t kShownBytes = 80;  // of what the token says of itself, in the log

tl::unexpected<IdTokenProblem> wrong(Fault fault, std::string words) {
  return tl::unexpected<IdTokenProblem>(IdTokenProblem{fault, std::move(words)});
}

// What a stranger may have written, so that it can stand in a log.
std::string quoted(std::string_view text) {
  const std::string_view part = text.substr(0, kShownBytes);
  return is_plain_text(part) ? fmt::format("\"{}\"", part) : std::string("(not shown)");
}

std::optional<std::string> claim_text(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains(name);
  if (!value || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

// Seconds since 1970, which may have a fraction: RFC 7519 §2, NumericDate.
std::optional<std::chrono::seconds> date_claim(const json::object& claims, std::string_view name) {
  constexpr double kLatest = 1e12;
  const json::value* value = claims.if_contains(name);
  if (!value || !value->is_number()) return std::nullopt;
  const double seconds = value->to_number<double>();
  if (!(seconds >= 0 && seconds < kLatest)) return std::nullopt;
  return std::chrono::seconds(static_cast<int64_t>(seconds));
}

bool constant_time_equal(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::optional<json::object> decoded_object(std::string_view part) {
  const auto bytes = from_base64url(part);
  if (!bytes) return std::nullopt;
  boost::system::error_code error;
  auto value = json::parse({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

struct Compact {
  std::string_view signed_text, header, payload, signature;
};
std::optional<Compact> compact_of(std::string_view token) {
  const size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  return Compact{token.substr(0, second), token.substr(0, first),
                 token.substr(first + 1, second - first - 1), token.substr(second + 1)};
}

tl::expected<bool, IdTokenProblem> check_signature(const Compact& parts, const json::object& header,
                                                   const std::vector<WebKey>& keys) {
  const std::string name = claim_text(header, "alg").value_or("");
  const auto algorithm = signature_algorithm_named(name);
  if (!algorithm)
    return wrong(Fault::kAlgorithm,
                 fmt::format("it is signed by {}; RS256, PS256 and ES256 are taken", quoted(name)));
  // Extensions that change what is signed: RFC 7515 §4.1.11.
  if (header.contains("crit")) return wrong(Fault::kMalformed, "its header has extensions");
  const auto key_id = claim_text(header, "kid");
  std::vector<const WebKey*> usable;
  for (const WebKey& key : keys) {
    if (key.may_check(*algorithm) && (!key_id || key.id == *key_id)) usable.push_back(&key);
  }
  if (usable.empty())
    return wrong(Fault::kUnknownKey, fmt::format("the provider has published no key {} for {}",
                                                 quoted(key_id.value_or("")), name));
  // OpenID Connect Core §10.1: with several keys the token has to name one.
  if (!key_id && usable.size() > 1)
    return wrong(Fault::kUnknownKey, "it names none of the provider's keys");
  const auto signature = from_base64url(parts.signature);
  const bool good = signature && std::any_of(usable.begin(), usable.end(), [&](const WebKey* key) {
                      return is_signature(*key, *algorithm, parts.signed_text, *signature);
                    });
  if (!good) return wrong(Fault::kSignature, "its signature is not the provider's");
  return true;
}

tl::expected<bool, IdTokenProblem> check_audience(const json::object& claims,
                                                  const std::string& client_id) {
  const json::value* audience = claims.if_contains("aud");
  bool ours = false, others = false;
  const auto look = [&](const json::value& item) {
    const json::string* text = item.if_string();
    (text && std::string_view(*text) == client_id ? ours : others) = true;
  };
  if (audience && audience->is_array()) {
    for (const json::value& item : audience->get_array())
      look(item);
  } else if (audience) {
    look(*audience);
  }
  if (!ours) return wrong(Fault::kAudience, "it is for another client than client_id");
  const auto authorized = claim_text(claims, "azp");
  if (claims.contains("azp") && authorized != client_id)
    return wrong(Fault::kAudience, "it was given to another client than client_id (azp)");
  // Whom else it is for could be anybody: OpenID Connect Core §3.1.3.7, 3 and 4.
  if (others && !authorized)
    return wrong(Fault::kAudience, "it is for others too, and does not say whom it was given to");
  return true;
}

tl::expected<bool, IdTokenProblem> check_times(const json::object& claims,
                                               std::chrono::seconds now) {
  const auto expires = date_claim(claims, "exp"), issued = date_claim(claims, "iat");
  if (!expires || !issued) return wrong(Fault::kMalformed, "it has no exp or no iat");
  if (now >= *expires + kClockLeeway)
    return wrong(Fault::kExpired,
                 fmt::format("it expired {} s ago; look at the clocks", (now - *expires).count()));
  if (now >= *issued + kMaxIdTokenAge + kClockLeeway)
    return wrong(Fault::kExpired,
                 fmt::format("it is {} s old; look at the clocks", (now - *issued).count()));
  auto begins = *issued;
  if (claims.contains("nbf")) {
    const auto not_before = date_claim(claims, "nbf");
    if (!not_before) return wrong(Fault::kMalformed, "its nbf is no time");
    begins = std::max(begins, *not_before);
  }
  if (begins > now + kClockLeeway)
    return wrong(Fault::kNotYet,
                 fmt::format("it begins {} s from now; look at this machine's clock and at the "
                             "provider's",
                             (begins - now).count()));
  return true;
}

// The left half of the access token's SHA-256, for all three algorithms: OpenID Connect Core
// §3.1.3.6.
std::string access_token_hash(const std::string& access_token) {
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const uint8_t*>(access_token.data()), access_token.size(), digest.data());
  return base64url(ByteSpan(digest.data(), digest.size() / 2));
}

}  // namespace

tl::expected<json::object, IdTokenProblem> check_id_token(std::string_view token,
                                                          const std::vector<WebKey>& keys,
                                                          const IdTokenExpectation& expected) {
  if (token.size() > kMaxIdTokenBytes) return wrong(Fault::kMalformed, "it is too large");
  const auto parts = compact_of(token);
  if (!parts)
    return wrong(Fault::kMalformed, "it is no signed JWT; encrypted ones are not understood");
  const auto header = decoded_object(parts->header);
  if (!header) return wrong(Fault::kMalformed, "its header is no JSON object");
  if (const auto checked = check_signature(*parts, *header, keys); !checked)
    return tl::unexpected(checked.error());
  auto claims = decoded_object(parts->payload);
  if (!claims) return wrong(Fault::kMalformed, "its claims are no JSON object");
  const auto issuer = claim_text(*claims, "iss");
  if (issuer != expected.issuer)
    return wrong(Fault::kIssuer, fmt::format("its issuer is {}", quoted(issuer.value_or(""))));
  if (const auto checked = check_audience(*claims, expected.client_id); !checked)
    return tl::unexpected(checked.error());
  if (const auto checked = check_times(*claims, expected.now); !checked)
    return tl::unexpected(checked.error());
  const auto nonce = claim_text(*claims, "nonce");
  if (!nonce || expected.nonce.empty() || !constant_time_equal(*nonce, expected.nonce))
    return wrong(Fault::kNonce, "it answers another sign-in than this one (nonce)");
  const auto subject = claim_text(*claims, "sub");
  if (!subject || subject->empty() || subject->size() > kMaxSubjectBytes ||
      !is_plain_text(*subject))
    return wrong(Fault::kSubject, "it does not say who signed in (sub)");
  if (claims->contains("at_hash") &&
      claim_text(*claims, "at_hash") != access_token_hash(expected.access_token))
    return wrong(Fault::kAccessToken, "it speaks of another access token (at_hash)");
  return std::move(*claims);
}

}  // namespace longmen
