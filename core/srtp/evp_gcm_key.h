// An AES-128-GCM key expanded by OpenSSL, for one direction. The IV is the caller's: using one
// twice to encrypt gives the key stream away. The key is cleansed when it is freed. One thread.
// Source: NIST SP 800-38D.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <span>

#include "core/base/bytes.h"
#include "core/base/openssl_free.h"
#include "core/srtp/gcm_session_key.h"

namespace longmen {

class EvpGcmKey {
 public:
  enum class Use { kEncrypt, kDecrypt };
  EvpGcmKey(std::span<const uint8_t, kSrtpKeyBytes> key, Use use);

  // Writes cipher text and tag, plain.size() + kGcmTagBytes, to `out`; in place when plain.data()
  // is `out`, otherwise they do not overlap.
  void seal(const GcmIv& iv, ByteSpan additional, ByteSpan plain, uint8_t* out);
  // `sealed` is cipher text and tag (at least kGcmTagBytes). False when it is not authentic; what
  // was written to `out` then means nothing. In place likewise.
  bool open(const GcmIv& iv, ByteSpan additional, ByteSpan sealed, uint8_t* out);

 private:
  std::unique_ptr<EVP_CIPHER_CTX, OpensslFree<EVP_CIPHER_CTX_free>> context_;
};

}  // namespace longmen
