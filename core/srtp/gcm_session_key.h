// What AEAD_AES_128_GCM needs of a master key, for RTP or for RTCP of one direction: the session
// key and salt, and the IV of a packet. 28 bytes; they are cleansed when freed. It does not know
// ciphers' expanded keys. Sources: RFC 3711 §4.3.1, §4.3.2, §4.3.3; RFC 7714 §8.1, §9.1, §11.
#pragma once

#include <array>
#include <cstdint>

#include "core/srtp/srtp_keys.h"

namespace longmen {

inline constexpr size_t kGcmTagBytes = 16;
using GcmIv = std::array<uint8_t, 12>;

// 00 00 | SSRC | index (48 bits), XOR salt. The index is rollover counter and sequence number of
// RTP (§8.1), or 00 00 and the SRTCP index (§9.1).
inline GcmIv make_gcm_iv(const GcmIv& salt, uint32_t ssrc, uint64_t index) {
  GcmIv iv = salt;
  for (size_t i = 0; i < 4; ++i)
    iv[2 + i] ^= static_cast<uint8_t>(ssrc >> (24 - 8 * i));
  for (size_t i = 0; i < 6; ++i)
    iv[6 + i] ^= static_cast<uint8_t>(index >> (40 - 8 * i));
  return iv;
}

struct GcmSessionKey {
  enum class Use { kRtp, kRtcp };
  // Refuses a master key of another profile's size.
  static Result<GcmSessionKey> derive(const SrtpMasterKey& master, Use use);

  GcmSessionKey() = default;
  GcmSessionKey(const GcmSessionKey&) = default;
  GcmSessionKey& operator=(const GcmSessionKey&) = default;
  ~GcmSessionKey();

  std::array<uint8_t, kSrtpKeyBytes> key{};
  GcmIv salt{};
};

}  // namespace longmen
