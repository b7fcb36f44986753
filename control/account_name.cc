#include "control/account_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/ascii_case.h"
#include "core/base/utf8.h"

namespace longmen {
namespace {

struct Range {
  char32_t first, last;
};
// Controls, spaces other than U+0020, and what is not seen or changes the direction.
constexpr std::array kRefused{
    Range{0x0000, 0x001F},   Range{0x007F, 0x00A0},    Range{0x00AD, 0x00AD},
    Range{0x034F, 0x034F},   Range{0x061C, 0x061C},    Range{0x115F, 0x1160},
    Range{0x1680, 0x1680},   Range{0x17B4, 0x17B5},    Range{0x180B, 0x180F},
    Range{0x2000, 0x200F},   Range{0x2028, 0x202F},    Range{0x205F, 0x206F},
    Range{0x2800, 0x2800},   Range{0x3000, 0x3000},    Range{0x3164, 0x3164},
    Range{0xE000, 0xF8FF},  // private use
    Range{0xFE00, 0xFE0F},   Range{0xFEFF, 0xFEFF},    Range{0xFFA0, 0xFFA0},
    Range{0xFFF0, 0xFFFB},   Range{0xFFFE, 0xFFFF},    Range{0x1BCA0, 0x1BCA3},
    Range{0x1D173, 0x1D17A}, Range{0xE0000, 0x10FFFF},
};

bool is_refused(char32_t character) {
  return std::any_of(kRefused.begin(), kRefused.end(), [&](const Range& range) {
    return character >= range.first && character <= range.last;
  });
}

std::optional<std::string> fault_of_shown(std::string_view what, std::string_view text,
                                          size_t max_bytes) {
  if (text.empty() || text.size() > max_bytes)
    return fmt::format("{} has 1 to {} bytes", what, max_bytes);
  for (std::string_view rest = text; !rest.empty();) {
    const auto character = take_utf8(rest);
    if (!character) return fmt::format("{} is UTF-8", what);
    if (is_refused(*character))
      return fmt::format("{} has only characters that are seen, and plain spaces", what);
  }
  if (text.front() == ' ' || text.back() == ' ' || text.find("  ") != std::string_view::npos)
    return fmt::format("{} begins and ends with no space, and has no two in a row", what);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> fault_of_label(std::string_view what, std::string_view label,
                                          size_t max_bytes) {
  if (label.find_first_of("()") != std::string_view::npos)
    return fmt::format("{} has no brackets, in which the audit shows it", what);
  return fault_of_shown(what, label, max_bytes);
}

std::optional<std::string> fault_of_name(std::string_view name) {
  if (auto fault = fault_of_shown("a name", name, kMaxNameBytes)) return fault;
  const std::string key = name_key(name);
  if (key == kControlName || key == kCommandLineName)
    return fmt::format("\"{}\" is how the audit calls this machine", key);
  return std::nullopt;
}

std::string name_key(std::string_view name) {
  return ascii_lowered(name);
}

}  // namespace longmen
