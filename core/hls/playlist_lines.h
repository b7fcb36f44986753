// The lines of a playlist, and what of one is a tag's name and its value. Pure; views into the
// caller's text. Source: draft-pantos-hls-rfc8216bis §4.1.
#pragma once

#include <optional>
#include <string_view>

namespace longmen::hls {

// Takes the first line off `text`; its end, LF or CR LF, is left out.
inline std::string_view take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// What follows "#NAME:" when that is the tag.
inline std::optional<std::string_view> value_of(std::string_view line, std::string_view tag) {
  if (!line.starts_with(tag) || line.size() <= tag.size() || line[tag.size()] != ':') return {};
  return line.substr(tag.size() + 1);
}

// "#EXT-X-KEY" of "#EXT-X-KEY:METHOD=NONE"; empty: the line is no tag.
inline std::string_view tag_of(std::string_view line) {
  return line.starts_with("#EXT") ? line.substr(0, line.find(':')) : std::string_view();
}

}  // namespace longmen::hls
