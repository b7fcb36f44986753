#include "core/base/utf8.h"

#include <cstdint>

namespace longmen {
namespace {

struct Range {
  uint8_t low, high;
  bool contains(char c) const {
    const auto byte = static_cast<uint8_t>(c);
    return byte >= low && byte <= high;
  }
};

// What the first and the second byte may be, and how many there are.
struct Form {
  Range first, second;
  size_t bytes;
};
constexpr Range kTail{0x80, 0xbf};
constexpr Form kForms[] = {
    {{0x00, 0x7f}, kTail, 1},        {{0xc2, 0xdf}, kTail, 2},
    {{0xe0, 0xe0}, {0xa0, 0xbf}, 3}, {{0xe1, 0xec}, kTail, 3},
    {{0xed, 0xed}, {0x80, 0x9f}, 3}, {{0xee, 0xef}, kTail, 3},
    {{0xf0, 0xf0}, {0x90, 0xbf}, 4}, {{0xf1, 0xf3}, kTail, 4},
    {{0xf4, 0xf4}, {0x80, 0x8f}, 4},
};

}  // namespace

std::optional<char32_t> take_utf8(std::string_view& text) {
  for (const Form& form : kForms) {
    if (!form.first.contains(text[0])) continue;
    if (text.size() < form.bytes) return std::nullopt;
    if (form.bytes > 1 && !form.second.contains(text[1])) return std::nullopt;
    const auto first = static_cast<uint8_t>(text[0]);
    char32_t character = form.bytes == 1 ? first : first & (0xffu >> (form.bytes + 1));
    for (size_t at = 1; at < form.bytes; ++at) {
      if (!kTail.contains(text[at])) return std::nullopt;
      character = character << 6 | (static_cast<uint8_t>(text[at]) & 0x3fu);
    }
    text.remove_prefix(form.bytes);
    return character;
  }
  return std::nullopt;
}

}  // namespace longmen
