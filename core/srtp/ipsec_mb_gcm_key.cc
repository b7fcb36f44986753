#include "core/srtp/ipsec_mb_gcm_key.h"

#include <openssl/crypto.h>

#include <optional>

#include "core/base/invariant.h"

#ifdef LONGMEN_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif

namespace longmen {

#ifdef LONGMEN_IPSEC_MB
namespace {

// The library's functions for this processor. Its manager, which only looks them up here, is gone
// when they are used.
struct Functions {
  aes_gcm_pre_t expand;
  aes_gcm_enc_dec_t encrypt;
  aes_gcm_enc_dec_t decrypt;
};

std::optional<Functions> look_up() {
  constexpr uint64_t kNeeded =
      IMB_FEATURE_AVX2 | IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ | IMB_FEATURE_SELF_TEST_PASS;
  IMB_MGR* manager = alloc_mb_mgr(0);
  if (!manager) return std::nullopt;
  init_mb_mgr_auto(manager, nullptr);
  std::optional<Functions> found;
  if (imb_get_errno(manager) == 0 && (manager->features & kNeeded) == kNeeded)
    found = Functions{manager->gcm128_pre, manager->gcm128_enc, manager->gcm128_dec};
  free_mb_mgr(manager);
  return found;
}

const std::optional<Functions>& functions() {
  static const std::optional<Functions> found = look_up();
  return found;
}

const gcm_key_data* key_data(const uint8_t* expanded) {
  return reinterpret_cast<const gcm_key_data*>(expanded);
}

}  // namespace

bool IpsecMbGcmKey::available() {
  return functions().has_value();
}

IpsecMbGcmKey::IpsecMbGcmKey(std::span<const uint8_t, kSrtpKeyBytes> key) {
  static_assert(sizeof(gcm_key_data) <= kExpandedBytes);
  invariant(available(), "intel-ipsec-mb works here");
  functions()->expand(key.data(), reinterpret_cast<gcm_key_data*>(expanded_.data()));
}

void IpsecMbGcmKey::seal(const GcmIv& iv, ByteSpan additional, ByteSpan plain, uint8_t* out) const {
  alignas(64) gcm_context_data context;
  functions()->encrypt(key_data(expanded_.data()), &context, out, plain.data(), plain.size(),
                       iv.data(), additional.data(), additional.size(), out + plain.size(),
                       kGcmTagBytes);
}

bool IpsecMbGcmKey::open(const GcmIv& iv, ByteSpan additional, ByteSpan sealed,
                         uint8_t* out) const {
  alignas(64) gcm_context_data context;
  std::array<uint8_t, kGcmTagBytes> tag;
  const size_t cipher_bytes = sealed.size() - kGcmTagBytes;
  functions()->decrypt(key_data(expanded_.data()), &context, out, sealed.data(), cipher_bytes,
                       iv.data(), additional.data(), additional.size(), tag.data(), kGcmTagBytes);
  return CRYPTO_memcmp(tag.data(), sealed.data() + cipher_bytes, kGcmTagBytes) == 0;
}

#else

bool IpsecMbGcmKey::available() {
  return false;
}

IpsecMbGcmKey::IpsecMbGcmKey(std::span<const uint8_t, kSrtpKeyBytes>) {
  invariant(false, "intel-ipsec-mb is built in");
}

void IpsecMbGcmKey::seal(const GcmIv&, ByteSpan, ByteSpan, uint8_t*) const {}
bool IpsecMbGcmKey::open(const GcmIv&, ByteSpan, ByteSpan, uint8_t*) const {
  return false;
}

#endif

IpsecMbGcmKey::~IpsecMbGcmKey() {
  OPENSSL_cleanse(expanded_.data(), expanded_.size());
}

}  // namespace longmen
