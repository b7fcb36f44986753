// An AES-128-GCM key for processors that have VAES and VPCLMULQDQ for vectors of 256 bits but no
// AVX-512 (AMD's Zen 3, Intel's Alder Lake and later small cores), which Debian's intel-ipsec-mb
// serves with vectors of 128 bits. Seals and opens as EvpGcmKey does, either way with the same key:
// eight blocks at a time, their hash between the rounds of the next ones' cipher. No table is
// looked up and no branch taken by what is secret. The key is cleansed when it is freed. Sources:
// NIST SP 800-38D; S. Gueron, M. Kounavis, "Intel Carry-Less Multiplication Instruction and its
// Usage for Computing the GCM Mode" (reflected bits, aggregated reduction).
#pragma once

#include <array>
#include <span>

#include "core/base/bytes.h"
#include "core/srtp/gcm_session_key.h"

namespace longmen {

class VaesGcmKey {
 public:
  static bool available();

  explicit VaesGcmKey(std::span<const uint8_t, kSrtpKeyBytes> key);  // requires available()
  ~VaesGcmKey();
  VaesGcmKey(const VaesGcmKey&) = delete;
  VaesGcmKey& operator=(const VaesGcmKey&) = delete;

  void seal(const GcmIv& iv, ByteSpan additional, ByteSpan plain, uint8_t* out) const;
  bool open(const GcmIv& iv, ByteSpan additional, ByteSpan sealed, uint8_t* out) const;

 private:
  static constexpr size_t kBlockBytes = 16;
  static constexpr size_t kRoundKeys = 11;
  static constexpr size_t kPowers = 10;  // of the hash key: 10th to 1st

  alignas(64) std::array<uint8_t, kPowers * kBlockBytes> powers_;
  std::array<uint8_t, kRoundKeys * kBlockBytes> round_keys_;
};

}  // namespace longmen
