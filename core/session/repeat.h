// On which days a session that repeats takes place: every N days, or weekly on given days, until a
// date or so many times. Days are of the wall clock; what instant a time of day is on each of them
// is the time zone's to say (control/time_zone.h), so a session at 19:00 stays at 19:00 when summer
// time begins. The first day counts as the first time. Bound: kMaxRepeats. RFC 5545 §3.3.10, as far
// as people schedule talks.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace longmen {

inline constexpr int kMaxRepeats = 366;
inline constexpr int kMaxEveryDays = 366;

struct Repeat {
  int every_days = 0;                                // 0: weekly, on `weekdays`
  std::array<bool, 7> weekdays{};                    // Monday first
  std::optional<std::chrono::year_month_day> until;  // that day included
  int count = 0;                                     // 0: until the date
};

// "monday" … "sunday": 0 … 6.
std::optional<int> weekday_named(std::string_view name);
// "2026-12-31".
std::optional<std::chrono::year_month_day> date_of(std::string_view text);

Result<std::vector<std::chrono::local_days>> days_of(std::chrono::local_days first,
                                                     const Repeat& repeat);

}  // namespace longmen
