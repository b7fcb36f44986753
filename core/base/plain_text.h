// Whether a text can be shown on one line, or on several: UTF-8 without control characters. What
// people type and what files bring passes here before it is kept, so that whoever writes it into
// JSON, XML or a calendar need only escape.
#pragma once

#include <string_view>

#include "core/base/utf8.h"

namespace longmen {

enum class LineBreaks { kNone, kAllowed };  // '\n' alone

inline bool is_plain_text(std::string_view text, LineBreaks breaks = LineBreaks::kNone) {
  while (!text.empty()) {
    const auto character = take_utf8(text);
    if (!character) return false;
    if (*character == '\n' && breaks == LineBreaks::kAllowed) continue;
    if (*character < 0x20 || (*character >= 0x7F && *character < 0xA0)) return false;
    if (*character == 0xFFFE || *character == 0xFFFF) return false;  // XML cannot hold them
  }
  return true;
}

}  // namespace longmen
