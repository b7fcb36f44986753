// SHA-256 as bytes, also of what comes in pieces.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "core/base/bytes.h"
#include "core/base/invariant.h"

namespace longmen {

using Sha256Digest = std::array<uint8_t, 32>;

class Sha256Stream {
 public:
  Sha256Stream() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    invariant(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1,
              "OpenSSL has SHA-256");
  }

  void update(ByteSpan bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  // Once.
  Sha256Digest finish() {
    Sha256Digest digest{};
    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

inline Sha256Digest sha256_digest(ByteSpan bytes) {
  Sha256Stream stream;
  stream.update(bytes);
  return stream.finish();
}

}  // namespace longmen
