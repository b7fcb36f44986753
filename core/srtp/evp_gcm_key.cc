#include "core/srtp/evp_gcm_key.h"

#include <algorithm>
#include <array>

#include "core/base/invariant.h"

namespace longmen {
namespace {

// Fetched once: an initialisation with EVP_aes_128_gcm() would look it up each time.
const EVP_CIPHER* aes_128_gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  return cipher;
}

}  // namespace

EvpGcmKey::EvpGcmKey(std::span<const uint8_t, kSrtpKeyBytes> key, Use use)
    : context_(EVP_CIPHER_CTX_new()) {
  // The default IV length of GCM is the 12 bytes that SRTP uses.
  const bool keyed = context_ && EVP_CipherInit_ex(context_.get(), aes_128_gcm(), nullptr,
                                                   key.data(), nullptr, use == Use::kEncrypt) == 1;
  invariant(keyed, "OpenSSL takes an AES-128-GCM key");
}

void EvpGcmKey::seal(const GcmIv& iv, ByteSpan additional, ByteSpan plain, uint8_t* out) {
  EVP_CIPHER_CTX* context = context_.get();
  int written = 0;
  const bool sealed =
      EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, iv.data()) == 1 &&
      EVP_EncryptUpdate(context, nullptr, &written, additional.data(),
                        static_cast<int>(additional.size())) == 1 &&
      (plain.empty() || EVP_EncryptUpdate(context, out, &written, plain.data(),
                                          static_cast<int>(plain.size())) == 1) &&
      EVP_EncryptFinal_ex(context, out + plain.size(), &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kGcmTagBytes, out + plain.size()) == 1;
  invariant(sealed, "OpenSSL seals");
}

bool EvpGcmKey::open(const GcmIv& iv, ByteSpan additional, ByteSpan sealed, uint8_t* out) {
  EVP_CIPHER_CTX* context = context_.get();
  const ByteSpan cipher = sealed.first(sealed.size() - kGcmTagBytes);
  std::array<uint8_t, kGcmTagBytes> tag;
  std::copy(sealed.end() - kGcmTagBytes, sealed.end(), tag.begin());
  int written = 0;
  return EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, iv.data()) == 1 &&
         EVP_DecryptUpdate(context, nullptr, &written, additional.data(),
                           static_cast<int>(additional.size())) == 1 &&
         (cipher.empty() || EVP_DecryptUpdate(context, out, &written, cipher.data(),
                                              static_cast<int>(cipher.size())) == 1) &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kGcmTagBytes, tag.data()) == 1 &&
         EVP_DecryptFinal_ex(context, out + cipher.size(), &written) == 1;
}

}  // namespace longmen
