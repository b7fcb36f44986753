// An AES-128-GCM key expanded by intel-ipsec-mb; seals and opens as EvpGcmKey does, either way with
// the same key. Only the library's direct functions are used: they work on this key and on the
// stack, so there is no multi-buffer manager and nothing that threads share. The key is cleansed
// when it is freed. A kilobyte in size: on the stack for a moment, or behind a pointer.
#pragma once

#include <array>
#include <span>

#include "core/base/bytes.h"
#include "core/srtp/gcm_session_key.h"

namespace longmen {

class IpsecMbGcmKey {
 public:
  // False: not built in, the processor is too old, or the library's self-test failed.
  static bool available();

  explicit IpsecMbGcmKey(std::span<const uint8_t, kSrtpKeyBytes> key);  // requires available()
  ~IpsecMbGcmKey();
  IpsecMbGcmKey(const IpsecMbGcmKey&) = delete;
  IpsecMbGcmKey& operator=(const IpsecMbGcmKey&) = delete;

  void seal(const GcmIv& iv, ByteSpan additional, ByteSpan plain, uint8_t* out) const;
  bool open(const GcmIv& iv, ByteSpan additional, ByteSpan sealed, uint8_t* out) const;

 private:
  static constexpr size_t kExpandedBytes = 1024;
  alignas(64) std::array<uint8_t, kExpandedBytes> expanded_;  // struct gcm_key_data
};

}  // namespace longmen
