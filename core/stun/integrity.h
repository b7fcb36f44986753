// The two checksums of a STUN message, shared by reader and writer (RFC 8489 §14.5, §14.7).
#pragma once

#include <array>

#include "core/base/bytes.h"

namespace longmen::stun {

inline constexpr size_t kIntegrityBytes = 20;
inline constexpr uint32_t kFingerprintXor = 0x5354554E;  // "STUN"

// HMAC-SHA1 over `message` up to `offset`, as if its length field ended after MESSAGE-INTEGRITY.
// `message` starts with the 20-byte header; `offset` is that of the attribute's own header.
std::array<uint8_t, kIntegrityBytes> message_integrity(ByteSpan message, size_t offset,
                                                       ByteSpan key);

// CRC-32 (ITU V.42) of `bytes`, which end before the FINGERPRINT attribute, XOR kFingerprintXor.
// The header's length field must already count the attribute.
uint32_t message_fingerprint(ByteSpan bytes);

}  // namespace longmen::stun
