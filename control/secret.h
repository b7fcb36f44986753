// Secrets that control hands out once and keeps as hashes only: sign-in tokens, one-time links,
// recovery codes; and the text forms of random bytes. A token has 256 random bits, so that a plain
// SHA-256 of it says nothing about it (passwords are another matter: control/password_hash.h).
// RFC 4648 §6 (base32).
#pragma once

#include <string>
#include <string_view>

#include "core/base/base64url.h"
#include "core/base/bytes.h"
#include "core/base/random.h"

namespace longmen {

// Those of the operating system. Ends the process when it has none.
RandomBytes system_random();

std::string base32(ByteSpan bytes);  // without padding

// 43 characters of base64url.
std::string make_token(const RandomBytes& random);
// Whether it can be one at all; nothing else is looked up.
bool is_token(std::string_view text);

// 16 hexadecimal digits, for what needs a name and no secret.
std::string make_id(const RandomBytes& random);

}  // namespace longmen
