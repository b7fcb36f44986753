#include "core/srtp/gcm_session_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <span>

#include "core/base/openssl_free.h"

namespace longmen {
namespace {

constexpr uint8_t kRtpKeyLabel = 0;
constexpr uint8_t kRtpSaltLabel = 2;
constexpr uint8_t kRtcpKeyLabel = 3;
constexpr uint8_t kRtcpSaltLabel = 5;

// With a key derivation rate of 0: the key stream of AES counter mode from (master salt XOR
// label << 48) * 2^16. A 12-byte salt is followed by two zero bytes (RFC 7714 §11).
bool derive_bytes(const SrtpMasterKey& master, uint8_t label, std::span<uint8_t> out) {
  constexpr std::array<uint8_t, kSrtpKeyBytes> kZeros{};
  std::array<uint8_t, 16> counter{};
  const ByteSpan salt = master.salt();
  std::copy(salt.begin(), salt.end(), counter.begin());
  counter[7] ^= label;
  const std::unique_ptr<EVP_CIPHER_CTX, OpensslFree<EVP_CIPHER_CTX_free>> context(
      EVP_CIPHER_CTX_new());
  int written = 0;
  return context &&
         EVP_EncryptInit_ex(context.get(), EVP_aes_128_ctr(), nullptr, master.key().data(),
                            counter.data()) == 1 &&
         EVP_EncryptUpdate(context.get(), out.data(), &written, kZeros.data(),
                           static_cast<int>(out.size())) == 1;
}

}  // namespace

Result<GcmSessionKey> GcmSessionKey::derive(const SrtpMasterKey& master, Use use) {
  GcmSessionKey derived;
  if (master.size_bytes != kSrtpKeyBytes + derived.salt.size())
    return fail("the SRTP master key has not the size of AEAD_AES_128_GCM");
  const bool rtp = use == Use::kRtp;
  if (!derive_bytes(master, rtp ? kRtpKeyLabel : kRtcpKeyLabel, derived.key) ||
      !derive_bytes(master, rtp ? kRtpSaltLabel : kRtcpSaltLabel, derived.salt))
    return fail("OpenSSL refused AES-128-CTR");
  return derived;
}

GcmSessionKey::~GcmSessionKey() {
  OPENSSL_cleanse(key.data(), key.size());
  OPENSSL_cleanse(salt.data(), salt.size());
}

}  // namespace longmen
