#include "control/oidc/sign_in_flow.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <charconv>
#include <vector>

#include "core/base/base64url.h"

namespace longmen {
namespace {

constexpr size_t kMaxFlowCookieBytes = 512;
constexpr size_t kStateInName = 8;
constexpr std::chrono::seconds kFlowLeeway{60};  // between the clocks of nodes
constexpr std::string_view kSignInMark = "in", kLinkMark = "link";

// seed.seconds.purpose.account.sign-in; none of them has a dot.
std::string flow_text(const SignInFlow& flow) {
  const bool link = flow.purpose == SignInFlow::Purpose::kLink;
  return fmt::format("{}.{}.{}.{}.{}", flow.seed, flow.begun_s, link ? kLinkMark : kSignInMark,
                     flow.account_id, flow.sign_in_hash);
}

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t dot = text.find('.');
    parts.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

bool same_secret(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

std::string SignInFlows::derived(std::string_view what, std::string_view text) const {
  const std::string whole = fmt::format("longmen-oidc-1\n{}\n{}", what, text);
  std::array<uint8_t, EVP_MAX_MD_SIZE> mac;
  unsigned bytes = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const uint8_t*>(whole.data()), whole.size(), mac.data(), &bytes);
  return base64url(ByteSpan(mac.data(), bytes));
}

std::string SignInFlows::cookie_of(const SignInFlow& flow, std::string_view provider) const {
  const std::string text = flow_text(flow);
  return text + "." + derived("cookie", fmt::format("{}\n{}", text, provider));
}

std::optional<SignInFlow> SignInFlows::flow_of(std::string_view cookie, std::string_view state,
                                               std::string_view provider,
                                               std::chrono::seconds now) const {
  if (!has_key() || cookie.size() > kMaxFlowCookieBytes) return std::nullopt;
  const auto parts = parts_of(cookie);
  if (parts.size() != 6) return std::nullopt;
  SignInFlow flow;
  flow.seed = parts[0];
  const auto read =
      std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), flow.begun_s);
  if (read.ec != std::errc() || read.ptr != parts[1].data() + parts[1].size()) return std::nullopt;
  if (parts[2] == kLinkMark) flow.purpose = SignInFlow::Purpose::kLink;
  flow.account_id = parts[3];
  flow.sign_in_hash = parts[4];
  if (!same_secret(cookie_of(flow, provider), cookie)) return std::nullopt;
  const std::chrono::seconds begun(flow.begun_s);
  if (now >= begun + kFlowLife || begun > now + kFlowLeeway) return std::nullopt;
  if (!same_secret(state_of(flow), state)) return std::nullopt;
  return flow;
}

std::string code_challenge_of(std::string_view verifier) {
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const uint8_t*>(verifier.data()), verifier.size(), digest.data());
  return base64url(digest);
}

std::string flow_cookie_name(std::string_view state, bool secure) {
  return fmt::format("{}longmen-oidc-{}", secure ? "__Host-" : "", state.substr(0, kStateInName));
}

}  // namespace longmen
