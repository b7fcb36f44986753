#include "config/ascii_text.h"

#include <algorithm>
#include <cstdint>

#include "core/base/ascii_case.h"
#include "core/base/utf8.h"

namespace longmen {
namespace {

constexpr char kMark = '~';
constexpr std::string_view kDigits = "0123456789abcdef";

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
  const std::string lower = ascii_lowered(text);
  const size_t at = std::min(lower.find("\\u007e"), lower.find("\\u0000007e"));
  if (at == std::string::npos) return std::nullopt;
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, at), '\n'));
}

std::optional<int> line_that_is_not_utf8(std::string_view text) {
  int line = 1;
  while (!text.empty()) {
    const auto character = take_utf8(text);
    if (!character) return line;
    if (*character == '\n') ++line;
  }
  return std::nullopt;
}

}  // namespace longmen
