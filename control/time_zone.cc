#include "control/time_zone.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <exception>

namespace longmen {
namespace {

date::sys_time<std::chrono::milliseconds> instant(int64_t epoch_ms) {
  return date::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(epoch_ms));
}

}  // namespace

TimeZone::TimeZone() : TimeZone(date::locate_zone("Etc/UTC")) {}

TimeZone::TimeZone(const date::time_zone* zone) : zone_(zone), name_(zone->name()) {}

Result<TimeZone> TimeZone::named(const std::string& name) {
  try {
    return TimeZone(name.empty() ? date::current_zone() : date::locate_zone(name));
  } catch (const std::exception&) {
    if (name.empty()) return TimeZone();  // a machine without /etc/localtime has UTC
    return fail(fmt::format(
        "time zone \"{}\": a name of the IANA database is allowed, such as Asia/Shanghai", name));
  }
}

WallTime TimeZone::at(int64_t epoch_ms) const {
  const auto local = zone_->to_local(instant(epoch_ms));
  const auto day = date::floor<date::days>(local);
  return {std::chrono::local_days(std::chrono::days(day.time_since_epoch().count())), local - day};
}

int64_t TimeZone::epoch_ms(const WallTime& time) const {
  const date::local_time<std::chrono::milliseconds> local(time.day.time_since_epoch() +
                                                          time.of_day);
  return (local.time_since_epoch() - zone_->get_info(local).first.offset).count();
}

std::string TimeZone::words(int64_t epoch_ms) const {
  const WallTime time = at(epoch_ms);
  const std::chrono::year_month_day date(time.day);
  const std::chrono::hh_mm_ss clock(time.of_day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", int(date.year()), unsigned(date.month()),
                     unsigned(date.day()), clock.hours().count(), clock.minutes().count());
}

}  // namespace longmen
