// Small letters of ASCII; everything else stays, so that UTF-8 does. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace longmen {

constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string ascii_lowered(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), ascii_lower);
  return lower;
}

}  // namespace longmen
