// SHA-256 as lower-case hex: how stream keys are kept, and how things are named by their content.
#pragma once

#include <openssl/sha.h>

#include <string>

#include "core/base/bytes.h"
#include "core/base/hex.h"

namespace longmen {

inline std::string sha256_hex(ByteSpan bytes) {
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(bytes.data(), bytes.size(), digest);
  return lower_hex(digest);
}
inline std::string sha256_hex(std::string_view text) {
  return sha256_hex(as_bytes(text));
}

}  // namespace longmen
