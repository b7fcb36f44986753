#include "core/session/repeat.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace longmen {
namespace {

using std::chrono::days;
using std::chrono::local_days;

constexpr std::array<std::string_view, 7> kWeekdays{"monday", "tuesday",  "wednesday", "thursday",
                                                    "friday", "saturday", "sunday"};

int weekday_of(local_days day) {
  return static_cast<int>(std::chrono::weekday(day).iso_encoding()) - 1;
}

Result<void> check(local_days first, const Repeat& repeat) {
  const bool weekly =
      std::any_of(repeat.weekdays.begin(), repeat.weekdays.end(), [](bool on) { return on; });
  if (weekly == (repeat.every_days != 0))
    return fail("repeat: either every_days or weekdays is needed, and not both");
  if (!weekly && (repeat.every_days < 1 || repeat.every_days > kMaxEveryDays))
    return fail(fmt::format("repeat.every_days: 1 to {} is allowed", kMaxEveryDays));
  if (repeat.until.has_value() == (repeat.count != 0))
    return fail("repeat: either until or count is needed, and not both");
  if (!repeat.until && (repeat.count < 1 || repeat.count > kMaxRepeats))
    return fail(fmt::format("repeat.count: 1 to {} is allowed", kMaxRepeats));
  if (repeat.until && local_days(*repeat.until) < first)
    return fail("repeat.until: a day on or after the first session is allowed");
  if (weekly && !repeat.weekdays[weekday_of(first)]) {
    return fail(
        fmt::format("repeat.weekdays: the first session is on a {}, which is not among them",
                    kWeekdays[weekday_of(first)]));
  }
  return {};
}

}  // namespace

std::optional<int> weekday_named(std::string_view name) {
  const auto found = std::find(kWeekdays.begin(), kWeekdays.end(), name);
  if (found == kWeekdays.end()) return std::nullopt;
  return static_cast<int>(found - kWeekdays.begin());
}

std::optional<std::chrono::year_month_day> date_of(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [&](size_t at, size_t digits) {
    unsigned value = 0;
    const char* end = text.data() + at + digits;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value);
    return error == std::errc() && stop == end ? static_cast<int>(value) : -1;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 0 || month < 0 || day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return date;
}

Result<std::vector<local_days>> days_of(local_days first, const Repeat& repeat) {
  if (auto checked = check(first, repeat); !checked) return tl::unexpected(checked.error());
  std::vector<local_days> found;
  const days step(std::max(repeat.every_days, 1));
  for (local_days day = first; !repeat.until || day <= local_days(*repeat.until); day += step) {
    if (repeat.every_days == 0 && !repeat.weekdays[weekday_of(day)]) continue;
    if (found.size() == kMaxRepeats)
      return fail(fmt::format("repeat.until: that would be more than {} sessions", kMaxRepeats));
    found.push_back(day);
    if (repeat.count > 0 && static_cast<int>(found.size()) == repeat.count) break;
  }
  return found;
}

}  // namespace longmen
