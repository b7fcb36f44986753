// A token that lets whoever has it watch one channel until an instant: control signs it, a gateway
// checks it without asking anybody, so that screens play while control is away. A JSON Web Token
// with Ed25519: claims `aud` ("watch"), `channel`, `for`, `sub`, `exp`. No header but ours is
// accepted, so no other algorithm. Who holds one may watch until it expires, unless its subject is
// revoked (core/access/watch_rule.h) or the key is another one.
// RFC 7519, RFC 7515 §7.1 (compact serialization), RFC 8037 §3.1 (EdDSA).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/result.h"

namespace longmen {

enum class WatchBearer {
  kPerson,  // whoever has the link
  kScreen,  // an enrolled one
  kStudio,  // the operators' hidden channels too
};
std::string_view name_of(WatchBearer bearer);  // "person", "screen", "studio"
std::optional<WatchBearer> watch_bearer_named(std::string_view name);

struct WatchGrant {
  using Instant = std::chrono::sys_seconds;

  std::string channel;
  WatchBearer bearer = WatchBearer::kPerson;
  std::string subject;  // which screen, which person; by it a leave is revoked
  Instant expires{};
  bool operator==(const WatchGrant&) const = default;
};

inline constexpr size_t kMaxWatchTokenBytes = 1024;

// Both as base64url. The private one is the 32 bytes of RFC 8032 §5.1.5.
struct WatchKeys {
  std::string private_key;
  std::string public_key;
};

WatchKeys make_watch_keys(const RandomBytes& random);
// Fails when it is no key.
Result<std::string> public_watch_key(std::string_view private_key);

// Fails when it is no key, or the grant's words are too long for a token.
Result<std::string> sign_watch_token(const WatchGrant& grant, std::string_view private_key);

enum class WatchRefusal {
  kMalformed,
  kForged,  // another key's, or changed
  kExpired,
};
// For the player: what is wrong with the token.
std::string_view words_of(WatchRefusal refusal);

tl::expected<WatchGrant, WatchRefusal> read_watch_token(std::string_view token,
                                                        std::string_view public_key,
                                                        WatchGrant::Instant now);

}  // namespace longmen
