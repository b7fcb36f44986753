// Reads the date of an EXT-X-PROGRAM-DATE-TIME or EXT-X-DATERANGE as anybody wrote it. Pure.
// Source: ISO 8601:2004 as RFC 3339 §5.6 has it; the zone may be left out.
#pragma once

#include <optional>
#include <string_view>

namespace longmen::hls {

struct ToldDate {
  double seconds = 0;  // since 1970 in UTC, of which a date without a zone is taken to be
  bool zone = false;
};
// Nothing: it is none, or of another form that ISO 8601 has, which may be right.
std::optional<ToldDate> read_told_date(std::string_view text);

}  // namespace longmen::hls
