#include "control/device_cookie.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "control/secret.h"

namespace longmen {
namespace {

constexpr size_t kNumberBytes = 16;
constexpr size_t kNumberCharacters = 22;
constexpr size_t kMacCharacters = 43;

}  // namespace

std::string DeviceCookies::mac_of(std::string_view number, std::string_view account) const {
  const std::string text =
      std::string("longmen-device-1\n").append(number).append("\n").append(account);
  std::array<uint8_t, EVP_MAX_MD_SIZE> mac;
  unsigned bytes = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const uint8_t*>(text.data()), text.size(), mac.data(), &bytes);
  return base64url(ByteSpan(mac.data(), bytes));
}

std::string DeviceCookies::make(std::string_view account, const RandomBytes& random) const {
  if (key_.empty()) return "";
  std::array<uint8_t, kNumberBytes> bytes;
  random(bytes);
  const std::string number = base64url(bytes);
  return number + mac_of(number, account);
}

bool DeviceCookies::is_good(std::string_view cookie, std::string_view account) const {
  if (key_.empty() || cookie.size() != kNumberCharacters + kMacCharacters) return false;
  const std::string expected = mac_of(cookie.substr(0, kNumberCharacters), account);
  return CRYPTO_memcmp(cookie.data() + kNumberCharacters, expected.data(), kMacCharacters) == 0;
}

}  // namespace longmen
