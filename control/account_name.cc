#include "control/account_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace longmen {
namespace {

struct Range {
  uint32_t first, last;
};
// Controls, spaces other than U+0020, and what is not seen or changes the direction.
constexpr std::array kRefused{
    Range{0x0000, 0x001F},   Range{0x007F, 0x00A0},    Range{0x00AD, 0x00AD},
    Range{0x034F, 0x034F},   Range{0x061C, 0x061C},    Range{0x115F, 0x1160},
    Range{0x1680, 0x1680},   Range{0x17B4, 0x17B5},    Range{0x180B, 0x180F},
    Range{0x2000, 0x200F},   Range{0x2028, 0x202F},    Range{0x205F, 0x206F},
    Range{0x2800, 0x2800},   Range{0x3000, 0x3000},    Range{0x3164, 0x3164},
    Range{0xD800, 0xDFFF},   Range{0xE000, 0xF8FF},  // private use
    Range{0xFE00, 0xFE0F},   Range{0xFEFF, 0xFEFF},    Range{0xFFA0, 0xFFA0},
    Range{0xFFF0, 0xFFFB},   Range{0xFFFE, 0xFFFF},    Range{0x1BCA0, 0x1BCA3},
    Range{0x1D173, 0x1D17A}, Range{0xE0000, 0x10FFFF},
};

bool is_refused(uint32_t character) {
  return std::any_of(kRefused.begin(), kRefused.end(), [&](const Range& range) {
    return character >= range.first && character <= range.last;
  });
}

// Takes the first character away; nothing when the bytes are no UTF-8.
std::optional<uint32_t> next_character(std::string_view& text) {
  const auto first = static_cast<uint8_t>(text.front());
  const size_t bytes = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if ((first >= 0x80 && first < 0xC2) || first > 0xF4 || bytes > text.size()) return std::nullopt;
  uint32_t character = bytes == 1 ? first : first & (0xFFu >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if ((byte & 0xC0) != 0x80) return std::nullopt;
    character = character << 6 | (byte & 0x3Fu);
  }
  constexpr std::array<uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};  // else it is overlong
  if (character < kLeast[bytes] || character > 0x10FFFF) return std::nullopt;
  text.remove_prefix(bytes);
  return character;
}

}  // namespace

std::optional<std::string> fault_of_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes)
    return fmt::format("a name has 1 to {} bytes", kMaxNameBytes);
  for (std::string_view rest = name; !rest.empty();) {
    const auto character = next_character(rest);
    if (!character) return "a name is UTF-8";
    if (is_refused(*character)) return "a name has only characters that are seen, and plain spaces";
  }
  if (name.front() == ' ' || name.back() == ' ' || name.find("  ") != std::string_view::npos)
    return "a name begins and ends with no space, and has no two in a row";
  const std::string key = name_key(name);
  if (key == kControlName || key == kCommandLineName)
    return fmt::format("\"{}\" is how the audit calls this machine", key);
  return std::nullopt;
}

std::string name_key(std::string_view name) {
  std::string key(name);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return key;
}

}  // namespace longmen
