#include "config/toml_ascii.h"

#include <algorithm>

namespace longmen {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// Behind anything else a quote opens nothing: the parser reads it as part of a broken value.
constexpr std::string_view kBeforeQuotes = "\n=,[{.";

struct Quoted {
  size_t bytes = 0;
  bool stray = false;  // ends before it
};

// ASCII and no blank.
bool may_be_escaped(char c) {
  return c > ' ';
}

// What begins at the front of `text`, with its quotes; an unclosed one reaches to the end of the
// line, or of the text if it may have several lines.
Quoted read_quoted(std::string_view text) {
  const char quote = text[0];
  const bool several_lines = text.size() >= 3 && text[1] == quote && text[2] == quote;
  const std::string_view closing = text.substr(0, several_lines ? 3 : 1);
  for (size_t at = closing.size(); at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      if (at + 1 < text.size() && !may_be_escaped(text[at + 1])) return {at, true};
      ++at;  // whatever it is, it closes nothing
    } else if (text.substr(at).starts_with(closing)) {
      size_t end = at + closing.size();
      // One or two quotes may stand right before the closing three.
      for (int more = 0; several_lines && more < 2 && end < text.size(); ++more)
        end += text[end] == quote ? 1 : 0;
      return {end};
    } else if (text[at] == '\n' && !several_lines) {
      return {at};
    }
  }
  return {text.size()};
}

}  // namespace

std::optional<int> line_of_stray_character(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  int line = 1;
  char before = '\n';  // the last character that is no blank
  while (!text.empty()) {
    size_t bytes = 1;
    const bool may_open = kBeforeQuotes.find(before) != std::string_view::npos;
    if (text[0] == '#') {
      bytes = std::min(text.find('\n'), text.size());
    } else if (may_open && (text[0] == '"' || text[0] == '\'')) {
      const Quoted quoted = read_quoted(text);
      bytes = quoted.bytes;
      if (quoted.stray)
        return line + static_cast<int>(std::ranges::count(text.substr(0, bytes), '\n'));
    } else if (static_cast<unsigned char>(text[0]) >= 0x80) {
      return line;
    }
    line += static_cast<int>(std::ranges::count(text.substr(0, bytes), '\n'));
    if (text[0] != ' ' && text[0] != '\t' && text[0] != '\r') before = text[0];
    text.remove_prefix(bytes);
  }
  return std::nullopt;
}

}  // namespace longmen
