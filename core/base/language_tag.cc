#include "core/base/language_tag.h"

#include <algorithm>

#include "core/base/ascii_case.h"

namespace longmen {
namespace {

constexpr size_t kMaxSubtagBytes = 8;

bool is_tag_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_tag_digit(char c) {
  return c >= '0' && c <= '9';
}
char tag_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

std::optional<std::string> language_tag(std::string_view text) {
  if (text.empty() || text.size() > kMaxLanguageTagBytes) return {};
  std::string tag;
  bool extended = false;  // behind a subtag of one letter case says nothing
  bool is_private = false;
  std::string before;
  for (;;) {
    const std::string_view given = text.substr(0, text.find('-'));
    const bool first = tag.empty();
    const bool letters = std::ranges::all_of(given, is_tag_letter);
    const bool fits =
        !given.empty() && given.size() <= kMaxSubtagBytes &&
        std::ranges::all_of(given, [](char c) { return is_tag_letter(c) || is_tag_digit(c); });
    if (!fits || (first && (!letters || given.size() < 2))) return {};
    std::string subtag = ascii_lowered(given);
    if (!first && !extended && letters) {
      if (subtag.size() == 2)
        std::ranges::transform(subtag, subtag.begin(), tag_upper);  // a region
      if (subtag.size() == 4) subtag[0] = tag_upper(subtag[0]);     // a script
    }
    is_private = is_private || before == "x";
    extended = extended || given.size() == 1;
    before = subtag;
    if (!first) tag += '-';
    tag += subtag;
    if (given.size() == text.size()) break;
    text.remove_prefix(given.size() + 1);
    if (text.empty()) return {};
  }
  // One letter announces something, but for what is nobody else's (RFC 5646 §2.2.7).
  if (!is_private && tag.size() > 1 && tag[tag.size() - 2] == '-') return {};
  return tag;
}

}  // namespace longmen
