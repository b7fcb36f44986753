#include "control/secret.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/base/sha256.h"

namespace longmen {
namespace {

constexpr size_t kTokenBytes = 32;
constexpr size_t kTokenCharacters = 43;
constexpr std::string_view kBase32Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

}  // namespace

RandomBytes system_random() {
  return [](std::span<uint8_t> bytes) {
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
  };
}

std::string base32(ByteSpan bytes) {
  std::string text;
  uint32_t pending = 0;
  int bits = 0;
  for (const uint8_t byte : bytes) {
    pending = pending << 8 | byte;
    for (bits += 8; bits >= 5; bits -= 5)
      text.push_back(kBase32Digits[pending >> (bits - 5) & 31]);
  }
  if (bits > 0) text.push_back(kBase32Digits[pending << (5 - bits) & 31]);
  return text;
}

std::string make_token(const RandomBytes& random) {
  std::array<uint8_t, kTokenBytes> bytes;
  random(bytes);
  return base64url(bytes);
}

bool is_token(std::string_view text) {
  return text.size() == kTokenCharacters && std::all_of(text.begin(), text.end(), [](char c) {
           return kBase64UrlDigits.find(c) != std::string_view::npos;
         });
}

std::string make_id(const RandomBytes& random) {
  std::array<uint8_t, 8> bytes;
  random(bytes);
  return lower_hex(bytes);
}

}  // namespace longmen
