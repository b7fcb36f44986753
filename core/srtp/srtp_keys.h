// The SRTP master keys of one connection, as DTLS exports them, and their order. It knows neither
// DTLS nor SRTP packets. Sources: RFC 5764 §4.1.2, §4.2 (profiles, layout of the exported bytes);
// RFC 7714 §12 (GCM: 16-byte key, 12-byte salt).
#pragma once

#include <array>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen {

enum class SrtpProfile : uint16_t {
  kAes128CmHmacSha1_80 = 0x0001,
  kAeadAes128Gcm = 0x0007,
};
// In the order of preference, as OpenSSL's SSL_CTX_set_tlsext_use_srtp takes it.
inline constexpr char kSrtpProfileNames[] = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
inline constexpr std::string_view kSrtpExporterLabel = "EXTRACTOR-dtls_srtp";

inline constexpr size_t kSrtpKeyBytes = 16;
constexpr size_t srtp_salt_bytes(SrtpProfile profile) {
  return profile == SrtpProfile::kAeadAes128Gcm ? 12 : 14;
}
// How many bytes to export: client key, server key, client salt, server salt.
constexpr size_t srtp_exporter_bytes(SrtpProfile profile) {
  return 2 * (kSrtpKeyBytes + srtp_salt_bytes(profile));
}

// Master key followed by master salt: 28 bytes for GCM, 30 for SHA1_80. Cleansed when freed.
struct SrtpMasterKey {
  SrtpMasterKey() = default;
  SrtpMasterKey(const SrtpMasterKey&) = default;
  SrtpMasterKey& operator=(const SrtpMasterKey&) = default;
  ~SrtpMasterKey();

  std::array<uint8_t, kSrtpKeyBytes + 14> bytes{};
  uint8_t size_bytes = 0;
  ByteSpan key() const { return ByteSpan(bytes).first(kSrtpKeyBytes); }
  ByteSpan salt() const {
    return ByteSpan(bytes).subspan(kSrtpKeyBytes, size_bytes - kSrtpKeyBytes);
  }
};

struct SrtpKeys {
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  SrtpMasterKey client;  // what the DTLS client (the viewer) writes with
  SrtpMasterKey server;  // what the DTLS server (this node) writes with
};

Result<SrtpProfile> srtp_profile_from_id(uint16_t id);
// `exported` has exactly srtp_exporter_bytes(profile).
Result<SrtpKeys> split_srtp_exporter(SrtpProfile profile, ByteSpan exported);

}  // namespace longmen
