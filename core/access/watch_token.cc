#include "core/access/watch_token.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <memory>

#include "core/base/base64url.h"
#include "core/base/openssl_free.h"
#include "core/node/json_fields.h"

namespace longmen {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kSignatureBytes = 64;
constexpr std::string_view kHeader = R"({"alg":"EdDSA","typ":"JWT"})";
constexpr std::string_view kAudience = "watch";
constexpr std::array<std::string_view, 3> kBearers = {"person", "screen", "studio"};

using Key = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, OpensslFree<EVP_MD_CTX_free>>;

Key private_key_of(std::string_view text) {
  const auto bytes = from_base64url(text);
  if (!bytes || bytes->size() != kKeyBytes) return nullptr;
  return Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes->data(), kKeyBytes));
}

Key public_key_of(std::string_view text) {
  const auto bytes = from_base64url(text);
  if (!bytes || bytes->size() != kKeyBytes) return nullptr;
  return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes->data(), kKeyBytes));
}

std::optional<std::string> text_in_base64url(std::string_view text) {
  const auto bytes = from_base64url(text);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

std::optional<WatchGrant> grant_of(std::string_view claims) {
  const auto fields = JsonFields::parse(claims);
  if (!fields) return std::nullopt;
  std::string audience, bearer;
  std::optional<int64_t> expires;
  WatchGrant grant;
  fields->read("aud", audience);
  fields->read("channel", grant.channel);
  fields->read("for", bearer);
  fields->read("sub", grant.subject);
  fields->read("exp", expires);
  const auto named = watch_bearer_named(bearer);
  if (audience != kAudience || grant.channel.empty() || !named || !expires) return std::nullopt;
  grant.bearer = *named;
  grant.expires = WatchGrant::Instant(std::chrono::seconds(*expires));
  return grant;
}

bool signature_fits(ByteSpan text, ByteSpan signature, std::string_view public_key) {
  const Key key = public_key_of(public_key);
  const Context context(EVP_MD_CTX_new());
  return key && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), text.data(),
                          text.size()) == 1;
}

}  // namespace

std::string_view name_of(WatchBearer bearer) {
  return kBearers[static_cast<size_t>(bearer)];
}

std::optional<WatchBearer> watch_bearer_named(std::string_view name) {
  const auto found = std::find(kBearers.begin(), kBearers.end(), name);
  if (found == kBearers.end()) return std::nullopt;
  return static_cast<WatchBearer>(found - kBearers.begin());
}

WatchKeys make_watch_keys(const RandomBytes& random) {
  std::array<uint8_t, kKeyBytes> bytes;
  random(bytes);
  WatchKeys keys;
  keys.private_key = base64url(bytes);
  keys.public_key = public_watch_key(keys.private_key).value();
  return keys;
}

Result<std::string> public_watch_key(std::string_view private_key) {
  const Key key = private_key_of(private_key);
  std::array<uint8_t, kKeyBytes> bytes;
  size_t size = bytes.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), bytes.data(), &size) != 1)
    return fail("the key for watch tokens is none: 32 bytes as base64url are allowed");
  return base64url(bytes);
}

Result<std::string> sign_watch_token(const WatchGrant& grant, std::string_view private_key) {
  const boost::json::object claims{{"aud", kAudience},
                                   {"channel", grant.channel},
                                   {"for", name_of(grant.bearer)},
                                   {"sub", grant.subject},
                                   {"exp", grant.expires.time_since_epoch().count()}};
  std::string token =
      base64url(as_bytes(kHeader)) + '.' + base64url(as_bytes(boost::json::serialize(claims)));
  const Key key = private_key_of(private_key);
  const Context context(EVP_MD_CTX_new());
  std::array<uint8_t, kSignatureBytes> signature;
  size_t size = signature.size();
  const ByteSpan text = as_bytes(token);
  if (!key || !context ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, text.data(), text.size()) != 1)
    return fail("a watch token cannot be signed: the key is none");
  token += '.' + base64url(signature);
  if (token.size() > kMaxWatchTokenBytes)
    return fail("a watch token cannot have so long a channel and subject");
  return token;
}

std::string_view words_of(WatchRefusal refusal) {
  switch (refusal) {
    case WatchRefusal::kMalformed:
      return "the token is none of ours";
    case WatchRefusal::kForged:
      return "the token's signature does not fit";
    case WatchRefusal::kExpired:
      return "the token has expired";
  }
  return "";
}

tl::expected<WatchGrant, WatchRefusal> read_watch_token(std::string_view token,
                                                        std::string_view public_key,
                                                        WatchGrant::Instant now) {
  const auto malformed = tl::unexpected(WatchRefusal::kMalformed);
  const size_t end = token.rfind('.');
  if (token.size() > kMaxWatchTokenBytes || end == std::string_view::npos) return malformed;
  const std::string_view text = token.substr(0, end);
  const auto signature = from_base64url(token.substr(end + 1));
  const size_t header = text.find('.');
  if (header == std::string_view::npos || !signature ||
      text_in_base64url(text.substr(0, header)) != kHeader)
    return malformed;
  // Nothing of the claims is looked at before they are known to be ours.
  if (!signature_fits(as_bytes(text), *signature, public_key))
    return tl::unexpected(WatchRefusal::kForged);
  const auto claims = text_in_base64url(text.substr(header + 1));
  const auto grant = claims ? grant_of(*claims) : std::nullopt;
  if (!grant) return malformed;
  if (grant->expires <= now) return tl::unexpected(WatchRefusal::kExpired);
  return *grant;
}

}  // namespace longmen
