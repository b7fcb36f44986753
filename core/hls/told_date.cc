#include "core/hls/told_date.h"

#include <chrono>

#include "core/hls/attribute_list.h"

namespace longmen::hls {
namespace {

// Takes so many digits off the front.
std::optional<int> take_digits(std::string_view& text, size_t digits) {
  if (text.size() < digits) return {};
  const std::string_view front = text.substr(0, digits);
  if (front.find_first_not_of("0123456789") != std::string_view::npos) return {};
  text.remove_prefix(digits);
  return to_decimal<int>(front);
}
bool take_sign(std::string_view& text, char sign) {
  if (!text.starts_with(sign)) return false;
  text.remove_prefix(1);
  return true;
}

// 0 when there is none.
double take_fraction(std::string_view& text) {
  if (!take_sign(text, '.') && !take_sign(text, ',')) return 0;
  double unit = 1;
  double fraction = 0;
  while (const auto digit = take_digits(text, 1))
    fraction += (unit /= 10) * *digit;
  return fraction;
}

// Seconds by which the zone is ahead of UTC: Z, +08:00, +0800, +08.
std::optional<int> read_zone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  const int sign = text.starts_with('-') ? -1 : 1;
  if (!take_sign(text, '+') && !take_sign(text, '-')) return {};
  const auto hours = take_digits(text, 2);
  if (!hours) return {};
  if (text.empty()) return sign * *hours * 3600;
  (void)take_sign(text, ':');
  const auto minutes = take_digits(text, 2);
  if (!minutes || !text.empty()) return {};
  return sign * (*hours * 3600 + *minutes * 60);
}

}  // namespace

std::optional<ToldDate> read_told_date(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take_sign(text, '-')) return {};
  const auto month = take_digits(text, 2);
  if (!month || !take_sign(text, '-')) return {};
  const auto day = take_digits(text, 2);
  if (!day || !(take_sign(text, 'T') || take_sign(text, 't'))) return {};
  const auto hour = take_digits(text, 2);
  if (!hour || !take_sign(text, ':')) return {};
  const auto minute = take_digits(text, 2);
  if (!minute || !take_sign(text, ':')) return {};
  const auto second = take_digits(text, 2);
  if (!second || *hour > 24 || *minute > 59 || *second > 60) return {};
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return {};
  const double fraction = take_fraction(text);
  const std::optional<int> zone = text.empty() ? std::optional(0) : read_zone(text);
  if (!zone) return {};
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t whole = int64_t{days} * 86'400 + *hour * 3600 + *minute * 60 + *second - *zone;
  return ToldDate{static_cast<double>(whole) + fraction, !text.empty()};
}

}  // namespace longmen::hls
