// A provider's key pair: its half of a JWK Set, and tokens that it signs, right or wrong.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <string>

#include "core/base/base64url.h"
#include "core/base/openssl_free.h"

namespace longmen::test {

class SigningKey {
 public:
  static SigningKey rsa(std::string id, unsigned bits = 2048) {
    return {std::move(id), EVP_RSA_gen(bits)};
  }
  static SigningKey p256(std::string id) { return {std::move(id), EVP_EC_gen("P-256")}; }

  boost::json::object jwk() const {
    boost::json::object key{{"kid", id_}, {"use", "sig"}};
    if (is_rsa()) {
      key["kty"] = "RSA";
      key["n"] = number(OSSL_PKEY_PARAM_RSA_N, 0);
      key["e"] = number(OSSL_PKEY_PARAM_RSA_E, 0);
    } else {
      key["kty"] = "EC";
      key["crv"] = "P-256";
      key["x"] = number(OSSL_PKEY_PARAM_EC_PUB_X, 32);
      key["y"] = number(OSSL_PKEY_PARAM_EC_PUB_Y, 32);
    }
    return key;
  }
  static std::string set_of(std::initializer_list<boost::json::object> keys) {
    boost::json::array list;
    for (const auto& key : keys)
      list.push_back(key);
    return boost::json::serialize(boost::json::object{{"keys", list}});
  }

  std::string token(const boost::json::object& claims) const {
    return token(claims, {{"alg", is_rsa() ? "RS256" : "ES256"}, {"kid", id_}});
  }
  // Signed as the key does, or by PSS, whatever the header says.
  std::string token(const boost::json::object& claims, const boost::json::object& header,
                    bool pss = false) const {
    const std::string text = base64url(as_bytes(boost::json::serialize(header))) + "." +
                             base64url(as_bytes(boost::json::serialize(claims)));
    return text + "." + base64url(signature(text, pss));
  }
  Bytes signature(const std::string& text, bool pss = false) const {
    const std::unique_ptr<EVP_MD_CTX, OpensslFree<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;
    EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key_.get());
    if (pss) {
      EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
    }
    Bytes bytes(1024);
    size_t size = bytes.size();
    EVP_DigestSign(context.get(), bytes.data(), &size,
                   reinterpret_cast<const uint8_t*>(text.data()), text.size());
    bytes.resize(size);
    return is_rsa() ? bytes : raw(bytes);
  }

 private:
  SigningKey(std::string id, EVP_PKEY* key)
      : id_(std::move(id)), key_(key, OpensslFree<EVP_PKEY_free>()) {}
  bool is_rsa() const { return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA; }

  std::string number(const char* name, int bytes) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &value);
    Bytes out(static_cast<size_t>(bytes > 0 ? bytes : BN_num_bytes(value)));
    BN_bn2binpad(value, out.data(), static_cast<int>(out.size()));
    BN_free(value);
    return base64url(out);
  }
  static Bytes raw(const Bytes& der) {
    const uint8_t* at = der.data();
    const std::unique_ptr<ECDSA_SIG, OpensslFree<ECDSA_SIG_free>> pair(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    Bytes out(64);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out.data() + 32, 32);
    return out;
  }

  std::string id_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace longmen::test
