#include "config/ascii_text.h"

#include <algorithm>
#include <cstdint>
#include <span>

namespace longmen {
namespace {

constexpr char kMark = '~';
constexpr std::string_view kDigits = "0123456789abcdef";

struct Range {
  uint8_t low, high;
  bool contains(char c) const {
    const auto byte = static_cast<uint8_t>(c);
    return byte >= low && byte <= high;
  }
};

// A form of RFC 3629, section 4: what the first and the second byte may be, and how many there are.
struct Utf8Form {
  Range first, second;
  size_t bytes;
};
constexpr Range kTail{0x80, 0xbf};
constexpr Utf8Form kForms[] = {
    {{0x00, 0x7f}, kTail, 1},        {{0xc2, 0xdf}, kTail, 2},
    {{0xe0, 0xe0}, {0xa0, 0xbf}, 3}, {{0xe1, 0xec}, kTail, 3},
    {{0xed, 0xed}, {0x80, 0x9f}, 3}, {{0xee, 0xef}, kTail, 3},
    {{0xf0, 0xf0}, {0x90, 0xbf}, 4}, {{0xf1, 0xf3}, kTail, 4},
    {{0xf4, 0xf4}, {0x80, 0x8f}, 4},
};

// Bytes of the character in front; 0: it is none.
size_t utf8_character(std::string_view text) {
  for (const Utf8Form& form : kForms) {
    if (!form.first.contains(text[0])) continue;
    if (text.size() < form.bytes) return 0;
    if (form.bytes > 1 && !form.second.contains(text[1])) return 0;
    for (size_t at = 2; at < form.bytes; ++at) {
      if (!kTail.contains(text[at])) return 0;
    }
    return form.bytes;
  }
  return 0;
}

}  // namespace

std::string to_ascii(std::string_view text) {
  std::string ascii;
  ascii.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x80 && c != kMark) {
      ascii += c;
    } else {
      ascii += {kMark, kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return ascii;
}

std::string from_ascii(std::string_view ascii) {
  std::string text;
  text.reserve(ascii.size());
  while (!ascii.empty()) {
    size_t bytes = 1;
    char c = ascii[0];
    if (c == kMark && ascii.size() >= 3) {
      const size_t high = kDigits.find(ascii[1]), low = kDigits.find(ascii[2]);
      if (high != std::string_view::npos && low != std::string_view::npos) {
        c = static_cast<char>(high << 4 | low);
        bytes = 3;
      }
    }
    text += c;
    ascii.remove_prefix(bytes);
  }
  return text;
}

std::optional<int> line_of_escaped_mark(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const size_t at = std::min(lower.find("\\u007e"), lower.find("\\u0000007e"));
  if (at == std::string::npos) return std::nullopt;
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, at), '\n'));
}

std::optional<int> line_that_is_not_utf8(std::string_view text) {
  int line = 1;
  while (!text.empty()) {
    const size_t bytes = utf8_character(text);
    if (bytes == 0) return line;
    if (text[0] == '\n') ++line;
    text.remove_prefix(bytes);
  }
  return std::nullopt;
}

}  // namespace longmen
