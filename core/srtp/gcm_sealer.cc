#include "core/srtp/gcm_sealer.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "core/base/invariant.h"

namespace longmen {
namespace {

constexpr size_t kSaltBytes = 12;
constexpr uint8_t kRtpEncryptionKeyLabel = 0;
constexpr uint8_t kRtpSaltLabel = 2;
// RTP padding is zeros and its own length; the largest there is.
constexpr std::array<uint8_t, 255> kZeros{};

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// RFC 3711 §4.3.1, §4.3.3 with a key derivation rate of 0: the key stream of AES counter mode from
// (master salt XOR label << 48) * 2^16. A 12-byte salt is followed by two zero bytes (RFC 7714
// §11).
bool derive(const SrtpMasterKey& master, uint8_t label, std::span<uint8_t> out) {
  std::array<uint8_t, 16> counter{};
  const ByteSpan salt = master.salt();
  std::copy(salt.begin(), salt.end(), counter.begin());
  counter[7] ^= label;
  const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context(EVP_CIPHER_CTX_new());
  int written = 0;
  return context &&
         EVP_EncryptInit_ex(context.get(), EVP_aes_128_ctr(), nullptr, master.key().data(),
                            counter.data()) == 1 &&
         EVP_EncryptUpdate(context.get(), out.data(), &written, kZeros.data(),
                           static_cast<int>(out.size())) == 1;
}

}  // namespace

Result<GcmSealer> GcmSealer::create(const SrtpMasterKey& master) {
  if (master.size_bytes != kSrtpKeyBytes + kSaltBytes)
    return fail("the SRTP master key has not the size of AEAD_AES_128_GCM");
  GcmSealer sealer;
  std::array<uint8_t, kSrtpKeyBytes> key{};
  if (!derive(master, kRtpEncryptionKeyLabel, key) || !derive(master, kRtpSaltLabel, sealer.salt_))
    return fail("OpenSSL refused AES-128-CTR");
  sealer.context_.reset(EVP_CIPHER_CTX_new());
  // The default IV length of GCM is the 12 bytes that SRTP uses.
  const bool keyed = sealer.context_ && EVP_EncryptInit_ex(sealer.context_.get(), EVP_aes_128_gcm(),
                                                           nullptr, key.data(), nullptr) == 1;
  OPENSSL_cleanse(key.data(), key.size());
  if (!keyed) return fail("OpenSSL refused AES-128-GCM");
  return sealer;
}

size_t GcmSealer::seal(SealedStream& stream, uint64_t index, uint8_t* packet, size_t header_bytes,
                       const RtpPlaintext& plaintext) {
  invariant(index >= stream.next_index && index <= kMaxSrtpIndex, "an SRTP index is sealed once");
  stream.next_index = index + 1;

  // RFC 7714 §8.1: 00 00 | SSRC | ROC | SEQ, XOR salt.
  std::array<uint8_t, kSaltBytes> iv = salt_;
  for (size_t i = 0; i < 4; ++i)
    iv[2 + i] ^= static_cast<uint8_t>(stream.ssrc >> (24 - 8 * i));
  for (size_t i = 0; i < 6; ++i)
    iv[6 + i] ^= static_cast<uint8_t>(index >> (40 - 8 * i));

  EVP_CIPHER_CTX* context = context_.get();
  int written = 0;
  bool sealed =
      EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, iv.data()) == 1 &&
      EVP_EncryptUpdate(context, nullptr, &written, packet, static_cast<int>(header_bytes)) == 1;
  uint8_t* at = packet + header_bytes;
  const auto encrypt = [&](ByteSpan bytes) {
    if (bytes.empty()) return;
    sealed = sealed && EVP_EncryptUpdate(context, at, &written, bytes.data(),
                                         static_cast<int>(bytes.size())) == 1;
    at += bytes.size();
  };
  encrypt(plaintext.prefix);
  encrypt(plaintext.payload);
  if (plaintext.padding_bytes > 0) {
    encrypt(ByteSpan(kZeros).first(plaintext.padding_bytes - size_t{1}));
    encrypt(ByteSpan(&plaintext.padding_bytes, 1));
  }
  sealed = sealed && EVP_EncryptFinal_ex(context, at, &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kGcmTagBytes, at) == 1;
  invariant(sealed, "OpenSSL seals");
  return static_cast<size_t>(at - packet) + kGcmTagBytes;
}

}  // namespace longmen
