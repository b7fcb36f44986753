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
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string in_digits(ByteSpan bytes, int bits_each, std::string_view digits) {
  std::string text;
  uint32_t pending = 0;
  int bits = 0;
  for (uint8_t byte : bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    while (bits >= bits_each) {
      bits -= bits_each;
      text.push_back(digits[(pending >> bits) & ((1u << bits_each) - 1)]);
    }
    pending &= (1u << bits) - 1;
  }
  if (bits > 0) text.push_back(digits[(pending << (bits_each - bits)) & ((1u << bits_each) - 1)]);
  return text;
}

}  // namespace

RandomBytes system_random() {
  return [](std::span<uint8_t> bytes) {
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
  };
}

std::string base32(ByteSpan bytes) {
  return in_digits(bytes, 5, kBase32);
}

std::string make_token(const RandomBytes& random) {
  std::array<uint8_t, kTokenBytes> bytes;
  random(bytes);
  return base64url(bytes);
}

bool is_token(std::string_view text) {
  return text.size() == kTokenCharacters && std::all_of(text.begin(), text.end(), [](char c) {
           return kBase64Url.find(c) != std::string_view::npos;
         });
}

std::string make_id(const RandomBytes& random) {
  std::array<uint8_t, 8> bytes;
  random(bytes);
  return lower_hex(bytes);
}

}  // namespace longmen
