#include "core/stun/integrity.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <climits>

#include "core/stun/stun_message.h"

namespace longmen::stun {
namespace {

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t index = 0; index < table.size(); ++index) {
    uint32_t crc = index;
    for (int bit = 0; bit < 8; ++bit)
      crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    table[index] = crc;
  }
  return table;
}
constexpr auto kCrcTable = make_crc_table();

}  // namespace

std::array<uint8_t, kIntegrityBytes> message_integrity(ByteSpan message, size_t offset,
                                                       ByteSpan key) {
  // The length that was current when the sender computed the HMAC: FINGERPRINT came later.
  std::array<uint8_t, kMaxMessageBytes> covered;
  const size_t covered_bytes = std::min({offset, covered.size(), message.size()});
  std::copy_n(message.begin(), covered_bytes, covered.begin());
  const size_t length = offset - kHeaderBytes + kAttributeHeaderBytes + kIntegrityBytes;
  covered[2] = static_cast<uint8_t>(length >> 8);
  covered[3] = static_cast<uint8_t>(length);

  std::array<uint8_t, kIntegrityBytes> digest{};
  const size_t key_bytes = std::min<size_t>(key.size(), INT_MAX);
  // A null key would mean "the key of the last call" to OpenSSL.
  static constexpr uint8_t kEmptyKey = 0;
  HMAC(EVP_sha1(), key.empty() ? &kEmptyKey : key.data(), static_cast<int>(key_bytes),
       covered.data(), covered_bytes, digest.data(), nullptr);
  return digest;
}

uint32_t message_fingerprint(ByteSpan bytes) {
  uint32_t crc = 0xFFFFFFFF;
  for (uint8_t byte : bytes)
    crc = crc >> 8 ^ kCrcTable[(crc ^ byte) & 0xFF];
  return ~crc ^ kFingerprintXor;
}

}  // namespace longmen::stun
