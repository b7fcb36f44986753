// The public keys by which a provider's signatures are checked: RSA and P-256 of a JWK Set. Keys
// for anything else, and those that are too weak or too large to be worth the work, are left out;
// one that is wrong spoils no other. By which algorithm a key may check is decided here, by the
// key, and not by the token that wants to be checked (RFC 8725 §3.1). Pure. Bound: kMaxWebKeys.
// RFC 7517 §4 and §5, RFC 7518 §6.2 and §6.3.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/openssl_free.h"
#include "core/base/result.h"

namespace longmen {

inline constexpr size_t kMaxWebKeys = 64;
inline constexpr size_t kMinRsaBits = 2048;  // RFC 7518 §3.3
inline constexpr size_t kMaxRsaBits = 8192;

enum class SignatureAlgorithm { kRs256, kPs256, kEs256 };
std::optional<SignatureAlgorithm> signature_algorithm_named(std::string_view name);

struct WebKey {
  std::string id;         // "kid"; may be empty
  std::string algorithm;  // "alg": the only one that it is for; empty: any of its type
  std::shared_ptr<EVP_PKEY> key;
  bool is_rsa = false;

  bool may_check(SignatureAlgorithm wanted) const;
};

// Those of a JWK Set that can be used, in its order. Fails when it is none.
Result<std::vector<WebKey>> web_keys_of(std::string_view json);

// `signature` as RFC 7518 writes it.
bool is_signature(const WebKey& key, SignatureAlgorithm algorithm, std::string_view signed_text,
                  ByteSpan signature);

}  // namespace longmen
