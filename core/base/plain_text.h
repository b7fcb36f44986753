// Whether a text can be shown on one line, or on several: UTF-8 (RFC 3629: no overlong forms, no
// surrogates) without control characters. What people type and what files bring passes here before
// it is kept, so that whoever writes it into JSON, XML or a calendar need only escape.
#pragma once

#include <cstdint>
#include <string_view>

namespace longmen {

enum class LineBreaks { kNone, kAllowed };  // '\n' alone

inline bool is_plain_text(std::string_view text, LineBreaks breaks = LineBreaks::kNone) {
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const bool breaks_line = byte == '\n' && breaks == LineBreaks::kAllowed;
    if ((byte < 0x20 && !breaks_line) || byte == 0x7F) return false;
    if (byte < 0x80) {
      ++i;
      continue;
    }
    if (byte < 0xC2 || byte > 0xF4) return false;
    const size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    if (i + length > text.size()) return false;
    const auto second = static_cast<uint8_t>(text[i + 1]);
    for (size_t k = 1; k < length; ++k) {
      if ((static_cast<uint8_t>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    if (byte == 0xC2 && second < 0xA0) return false;  // C1 controls
    if (byte == 0xE0 && second < 0xA0) return false;
    if (byte == 0xED && second > 0x9F) return false;  // surrogates
    if (byte == 0xF0 && second < 0x90) return false;
    if (byte == 0xF4 && second > 0x8F) return false;
    // U+FFFE and U+FFFF, which XML cannot hold.
    if (byte == 0xEF && second == 0xBF && static_cast<uint8_t>(text[i + 2]) > 0xBD) return false;
    i += length;
  }
  return true;
}

}  // namespace longmen
