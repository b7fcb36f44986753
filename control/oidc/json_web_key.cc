#include "control/oidc/json_web_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "core/base/base64url.h"
#include "core/base/names.h"

namespace longmen {
namespace json = boost::json;
namespace {

using BigNumber = std::unique_ptr<BIGNUM, OpensslFree<BN_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, OpensslFree<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, OpensslFree<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, OpensslFree<EVP_MD_CTX_free>>;

constexpr size_t kMaxExponentBits = 64;
constexpr size_t kP256Bytes = 32;
constexpr uint8_t kUncompressed = 4;  // SEC 1 §2.3.3

constexpr std::array kAlgorithms{
    Named{SignatureAlgorithm::kRs256, "RS256"},
    Named{SignatureAlgorithm::kPs256, "PS256"},
    Named{SignatureAlgorithm::kEs256, "ES256"},
};

std::string key_text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::shared_ptr<EVP_PKEY> key_of(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  const bool made =
      parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
  std::shared_ptr<EVP_PKEY> owned(key, OpensslFree<EVP_PKEY_free>());
  if (!made) return nullptr;
  // A point that is not on the curve, an even modulus.
  const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, owned.get(), nullptr));
  return check && EVP_PKEY_public_check(check.get()) == 1 ? owned : nullptr;
}

std::shared_ptr<EVP_PKEY> rsa_key(const json::object& object) {
  const auto n = from_base64url(key_text(object, "n"));
  const auto e = from_base64url(key_text(object, "e"));
  if (!n || !e || n->size() > kMaxRsaBits / 8 + 1 || e->size() > kMaxExponentBits / 8)
    return nullptr;
  const BigNumber modulus(BN_bin2bn(n->data(), static_cast<int>(n->size()), nullptr));
  const BigNumber exponent(BN_bin2bn(e->data(), static_cast<int>(e->size()), nullptr));
  if (!modulus || !exponent) return nullptr;
  const auto bits = static_cast<size_t>(BN_num_bits(modulus.get()));
  if (bits < kMinRsaBits || bits > kMaxRsaBits || !BN_is_odd(exponent.get()) ||
      BN_is_one(exponent.get()))
    return nullptr;
  const std::unique_ptr<OSSL_PARAM_BLD, OpensslFree<OSSL_PARAM_BLD_free>> builder(
      OSSL_PARAM_BLD_new());
  if (!builder || !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) ||
      !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()))
    return nullptr;
  return key_of("RSA", builder.get());
}

std::shared_ptr<EVP_PKEY> p256_key(const json::object& object) {
  if (key_text(object, "crv") != "P-256") return nullptr;
  const auto x = from_base64url(key_text(object, "x"));
  const auto y = from_base64url(key_text(object, "y"));
  if (!x || !y || x->size() != kP256Bytes || y->size() != kP256Bytes) return nullptr;
  Bytes point{kUncompressed};
  point.insert(point.end(), x->begin(), x->end());
  point.insert(point.end(), y->begin(), y->end());
  const std::unique_ptr<OSSL_PARAM_BLD, OpensslFree<OSSL_PARAM_BLD_free>> builder(
      OSSL_PARAM_BLD_new());
  if (!builder ||
      !OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1",
                                       0) ||
      !OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                        point.size()))
    return nullptr;
  return key_of("EC", builder.get());
}

// ECDSA's r and s in DER, as OpenSSL wants them. RFC 7518 §3.4 has them one behind the other.
Bytes der_of(ByteSpan signature) {
  const std::unique_ptr<ECDSA_SIG, OpensslFree<ECDSA_SIG_free>> pair(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(signature.data(), kP256Bytes, nullptr);
  BIGNUM* s = BN_bin2bn(signature.data() + kP256Bytes, kP256Bytes, nullptr);
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  uint8_t* der = nullptr;
  const int bytes = i2d_ECDSA_SIG(pair.get(), &der);
  if (bytes <= 0) return {};
  Bytes copy(der, der + bytes);
  OPENSSL_free(der);
  return copy;
}

}  // namespace

std::optional<SignatureAlgorithm> signature_algorithm_named(std::string_view name) {
  return value_in<SignatureAlgorithm>(kAlgorithms, name);
}

bool WebKey::may_check(SignatureAlgorithm wanted) const {
  if (!algorithm.empty() && algorithm != name_in(kAlgorithms, wanted)) return false;
  return is_rsa == (wanted != SignatureAlgorithm::kEs256);
}

Result<std::vector<WebKey>> web_keys_of(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  const json::object* set = error ? nullptr : value.if_object();
  const json::value* list = set ? set->if_contains("keys") : nullptr;
  if (!list || !list->is_array()) return fail("the keys are no JWK Set");
  std::vector<WebKey> keys;
  for (const json::value& item : list->get_array()) {
    const json::object* object = item.if_object();
    if (!object || keys.size() == kMaxWebKeys) continue;
    const std::string use = key_text(*object, "use");
    if (!use.empty() && use != "sig") continue;
    WebKey key;
    key.id = key_text(*object, "kid");
    key.algorithm = key_text(*object, "alg");
    const std::string type = key_text(*object, "kty");
    key.is_rsa = type == "RSA";
    if (key.is_rsa) key.key = rsa_key(*object);
    if (type == "EC") key.key = p256_key(*object);
    if (key.key) keys.push_back(std::move(key));
  }
  ERR_clear_error();
  return keys;
}

bool is_signature(const WebKey& key, SignatureAlgorithm algorithm, std::string_view signed_text,
                  ByteSpan signature) {
  if (!key.may_check(algorithm)) return false;
  Bytes der;
  if (algorithm == SignatureAlgorithm::kEs256) {
    if (signature.size() != 2 * kP256Bytes) return false;
    der = der_of(signature);
    signature = der;
  }
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;  // the context's
  if (!context ||
      EVP_DigestVerifyInit(context.get(), &options, EVP_sha256(), nullptr, key.key.get()) != 1)
    return false;
  if (algorithm == SignatureAlgorithm::kPs256 &&
      (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1))
    return false;
  const bool good = EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                     reinterpret_cast<const uint8_t*>(signed_text.data()),
                                     signed_text.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace longmen
