#include "core/hls/date_range.h"

#include <fmt/format.h>

#include "core/hls/media_playlist.h"

namespace longmen::hls {
namespace {

// A quoted string has no way to hold a quote or the end of a line (§4.2).
std::string quotable(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '"')
      safe += '\'';
    else if (c != '\n' && c != '\r')
      safe += c;
  }
  return safe;
}

}  // namespace

std::string date_range_tag(const DateRange& range) {
  return fmt::format(
      "#EXT-X-DATERANGE:ID=\"{}\",CLASS=\"chapter\",START-DATE=\"{}\",END-ON-NEXT=YES,"
      "X-TITLE=\"{}\"",
      quotable(range.id), program_date_time(range.start), quotable(range.title));
}

}  // namespace longmen::hls
