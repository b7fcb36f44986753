// What a stranger says of itself, as it may be shown and written into JSON: what is no character of
// a plain text (core/base/plain_text.h) is a question mark, and it ends with a whole character.
#pragma once

#include <string>
#include <string_view>

#include "core/base/plain_text.h"

namespace longmen {

inline std::string shown_text(std::string_view text, size_t most_bytes) {
  std::string shown;
  while (!text.empty()) {
    const std::string_view before = text;
    if (!take_utf8(text)) text.remove_prefix(1);
    const std::string_view character = before.substr(0, before.size() - text.size());
    const std::string_view plain = is_plain_text(character) ? character : "?";
    if (shown.size() + plain.size() > most_bytes) break;
    shown += plain;
  }
  return shown;
}

}  // namespace longmen
