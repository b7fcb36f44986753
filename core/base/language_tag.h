// A language as sounds and captions are named by it: a tag of BCP 47 that is well-formed, in the
// case that is usual, "zh-Hans", "en-GB", so that there is one way to write each. Whether there is
// such a language is nobody's to say here. Pure. Bound: kMaxLanguageTagBytes. Source: RFC 5646
// §2.1, §2.1.1, §4.4.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace longmen {

inline constexpr size_t kMaxLanguageTagBytes = 35;

// Nothing when it is none.
std::optional<std::string> language_tag(std::string_view text);
inline bool is_language_tag(std::string_view text) {
  return language_tag(text).has_value();
}

}  // namespace longmen
