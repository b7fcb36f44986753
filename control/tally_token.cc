#include "control/tally_token.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>

#include "control/secret.h"

namespace longmen {

std::string TallyTokens::mac_of(std::string_view channel, int64_t expires_ms) const {
  const std::string text = fmt::format("longmen-tally-1\n{}\n{}", channel, expires_ms);
  std::array<uint8_t, EVP_MAX_MD_SIZE> mac;
  unsigned bytes = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const uint8_t*>(text.data()), text.size(), mac.data(), &bytes);
  return base64url(ByteSpan(mac.data(), bytes));
}

std::string TallyTokens::make(std::string_view channel, int64_t expires_ms) const {
  return key_.empty() ? "" : fmt::format("{}.{}", expires_ms, mac_of(channel, expires_ms));
}

std::optional<int64_t> TallyTokens::expiry_of(std::string_view token, std::string_view channel,
                                              int64_t now_ms) const {
  int64_t expires_ms = 0;
  const auto [dot, error] = std::from_chars(token.data(), token.data() + token.size(), expires_ms);
  if (key_.empty() || error != std::errc() || expires_ms <= now_ms) return std::nullopt;
  const std::string expected = fmt::format("{}.{}", expires_ms, mac_of(channel, expires_ms));
  if (token.size() != expected.size() ||
      CRYPTO_memcmp(token.data(), expected.data(), token.size()) != 0)
    return std::nullopt;
  return expires_ms;
}

}  // namespace longmen
