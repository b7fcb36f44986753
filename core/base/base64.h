// Base64 as it stands in header fields and session descriptions: RFC 4648 §4, padding or none.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/base64url.h"

namespace longmen {

inline std::string to_base64(ByteSpan bytes) {
  std::string text = base64url(bytes);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

inline std::optional<Bytes> from_base64(std::string_view text) {
  while (text.ends_with('='))
    text.remove_suffix(1);
  std::string other(text);
  std::ranges::replace(other, '+', '-');
  std::ranges::replace(other, '/', '_');
  return from_base64url(other);
}

}  // namespace longmen
