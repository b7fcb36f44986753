#include "control/totp.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "core/http/target.h"

namespace longmen {
namespace {

constexpr int64_t kStepSeconds = 30;
constexpr int64_t kTolerance = 1;  // steps, both ways

}  // namespace

std::string totp_code(ByteSpan secret, int64_t step, int digits) {
  std::array<uint8_t, 8> counter;
  for (size_t i = 0; i < counter.size(); ++i)
    counter[i] = static_cast<uint8_t>(static_cast<uint64_t>(step) >> (8 * (7 - i)));
  std::array<uint8_t, EVP_MAX_MD_SIZE> mac;
  unsigned bytes = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(),
       mac.data(), &bytes);
  const size_t offset = mac[bytes - 1] & 15;
  const uint32_t number =
      (mac[offset] & 0x7Fu) << 24 | mac[offset + 1] << 16 | mac[offset + 2] << 8 | mac[offset + 3];
  uint32_t modulus = 1;
  for (int i = 0; i < digits; ++i)
    modulus *= 10;
  return fmt::format("{:0{}}", number % modulus, digits);
}

int64_t totp_step(std::chrono::seconds since_epoch) {
  return since_epoch.count() / kStepSeconds;
}

std::optional<int64_t> accept_totp(ByteSpan secret, std::string_view typed, int64_t last_used,
                                   std::chrono::seconds now) {
  std::string code;
  std::remove_copy(typed.begin(), typed.end(), std::back_inserter(code), ' ');
  std::optional<int64_t> accepted;
  for (int64_t step = totp_step(now) - kTolerance; step <= totp_step(now) + kTolerance; ++step) {
    const std::string expected = totp_code(secret, step);
    const bool same = code.size() == expected.size() &&
                      CRYPTO_memcmp(code.data(), expected.data(), expected.size()) == 0;
    if (same && step > last_used && !accepted) accepted = step;
  }
  return accepted;
}

std::string totp_address(std::string_view account, std::string_view secret) {
  return fmt::format("otpauth://totp/Longmen:{}?secret={}&issuer=Longmen",
                     percent_encode_path(account), secret);
}

}  // namespace longmen
