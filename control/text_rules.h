// What texts of the schedule may be, in words for who typed them.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/plain_text.h"

namespace longmen {

inline constexpr size_t kMaxTitleBytes = 300;
inline constexpr size_t kMaxDescriptionBytes = 4000;
inline constexpr size_t kMaxPlaceBytes = 300;
inline constexpr size_t kMaxSpeakerBytes = 150;
inline constexpr size_t kMaxSpeakers = 20;
inline constexpr size_t kMaxLanguageBytes = 35;  // RFC 5646 §4.4.1

inline std::optional<std::string> fault_of_title(std::string_view name, std::string_view text,
                                                 size_t max_bytes = kMaxTitleBytes) {
  if (text.empty() || text.size() > max_bytes)
    return fmt::format("{}: 1 to {} bytes are allowed", name, max_bytes);
  if (!is_plain_text(text))
    return fmt::format("{}: UTF-8 without control characters is allowed", name);
  if (text.front() == ' ' || text.back() == ' ')
    return fmt::format("{}: no space at its beginning or end is allowed", name);
  return std::nullopt;
}

inline std::optional<std::string> fault_of_text(std::string_view name, std::string_view text,
                                                size_t max_bytes, LineBreaks breaks) {
  if (text.size() > max_bytes) return fmt::format("{}: {} bytes are allowed", name, max_bytes);
  if (!is_plain_text(text, breaks))
    return fmt::format("{}: UTF-8 without control characters is allowed", name);
  return std::nullopt;
}

// A language tag, "zh-CN", or nothing.
inline std::optional<std::string> fault_of_language(std::string_view text) {
  const bool fits =
      text.size() <= kMaxLanguageBytes && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-';
      });
  if (fits && (text.empty() || (text.front() != '-' && text.back() != '-'))) return std::nullopt;
  return "language: a language tag is allowed, such as zh-CN or en";
}

}  // namespace longmen
