#include "control/webhook/webhook_call.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/base/hex.h"
#include "core/base/plain_text.h"

namespace longmen {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string found = text;
  curl_free(text);
  return found;
}

}  // namespace

std::string webhook_signature(std::string_view secret, int64_t at_s, std::string_view body) {
  const std::string text = fmt::format("{}.{}", at_s, body);
  std::array<uint8_t, EVP_MAX_MD_SIZE> mac{};
  unsigned bytes = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const uint8_t*>(text.data()), text.size(), mac.data(), &bytes);
  return fmt::format("t={},v1={}", at_s, lower_hex(ByteSpan(mac.data(), bytes)));
}

std::vector<std::string> webhook_fields(std::string_view secret, std::string_view id,
                                        std::string_view kind, std::string_view body,
                                        int64_t now_ms) {
  return {"Content-Type: application/json", "User-Agent: Longmen-Webhook",
          fmt::format("Longmen-Event: {}", kind), fmt::format("Longmen-Delivery: {}", id),
          fmt::format("Longmen-Signature: {}", webhook_signature(secret, now_ms / 1000, body))};
}

std::chrono::milliseconds retry_after(int tries, uint32_t random) {
  auto wait = kFirstRetry;
  for (int i = 1; i < tries && wait < kLongestRetry; ++i)
    wait *= 2;
  wait = std::min(wait, kLongestRetry);
  return wait / 2 + wait * static_cast<int64_t>(random % 1024) / 1024;
}

std::optional<std::string> fault_of_webhook_url(const std::string& url) {
  constexpr std::string_view kAllowed = "url: an address such as https://host/path is allowed";
  if (url.empty() || url.size() > kMaxWebhookUrlBytes || !is_plain_text(url))
    return fmt::format("url: 1 to {} bytes are allowed", kMaxWebhookUrlBytes);
  const std::unique_ptr<CURLU, FreeUrl> read(curl_url());
  if (!read || curl_url_set(read.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    return std::string(kAllowed);
  const std::string scheme = part_of(read.get(), CURLUPART_SCHEME);
  if (scheme != "https" && scheme != "http") return std::string(kAllowed);
  if (part_of(read.get(), CURLUPART_HOST).empty()) return std::string(kAllowed);
  if (!part_of(read.get(), CURLUPART_USER).empty() ||
      !part_of(read.get(), CURLUPART_PASSWORD).empty())
    return "url: no name and password is allowed in it; the signature says who asks";
  return std::nullopt;
}

}  // namespace longmen
