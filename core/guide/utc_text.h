// Instants as the guide's formats write them: of UTC, so that no reader needs a time zone.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <string>

namespace longmen {

struct UtcParts {
  int year = 0;
  unsigned month = 0, day = 0;
  int hour = 0, minute = 0, second = 0;
};

inline UtcParts utc_parts(int64_t epoch_ms) {
  using namespace std::chrono;
  const sys_time<seconds> at{floor<seconds>(milliseconds(epoch_ms))};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  return {int(date.year()),          unsigned(date.month()),      unsigned(date.day()),
          int(time.hours().count()), int(time.minutes().count()), int(time.seconds().count())};
}

// "20261126T113000Z", RFC 5545 §3.3.5 form 2.
inline std::string icalendar_utc(int64_t epoch_ms) {
  const UtcParts at = utc_parts(epoch_ms);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", at.year, at.month, at.day, at.hour,
                     at.minute, at.second);
}

// "20261126113000 +0000", as XMLTV's DTD says.
inline std::string xmltv_utc(int64_t epoch_ms) {
  const UtcParts at = utc_parts(epoch_ms);
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02} +0000", at.year, at.month, at.day, at.hour,
                     at.minute, at.second);
}

}  // namespace longmen
