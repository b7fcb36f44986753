// Bytes as text that may stand in addresses and headers: RFC 4648 §5, without padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace longmen {

inline constexpr std::string_view kBase64UrlDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64url(ByteSpan bytes);

// Nothing for what base64url() does not write: other characters, padding, bits left over that are
// not zero.
std::optional<Bytes> from_base64url(std::string_view text);

}  // namespace longmen
