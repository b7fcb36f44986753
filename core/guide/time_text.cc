#include "core/guide/time_text.h"

#include <array>

namespace longmen {
namespace {

using namespace std::chrono;

// Takes `digits` digits from the front; -1 when they are not there.
int take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<WrittenTime> make(int y, int m, int d, int hour, int minute, int second) {
  if (y < 1970 || y > 9998 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 59)
    return std::nullopt;
  const year_month_day date{year(y), month(m < 0 ? 0 : m), day(d < 0 ? 0 : d)};
  if (!date.ok()) return std::nullopt;
  return WrittenTime{local_days(date), hours(hour) + minutes(minute) + seconds(second), {}};
}

// "Z", "+0800", "+08:00"; what is left afterwards is the caller's.
std::optional<minutes> take_offset(std::string_view& text) {
  if (take(text, 'Z')) return minutes(0);
  const bool west = text.starts_with('-');
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const int hour = take_number(text, 2);
  take(text, ':');
  const int minute = take_number(text, 2);
  if (hour < 0 || hour > 14 || minute < 0 || minute > 59) return std::nullopt;
  const minutes offset = hours(hour) + minutes(minute);
  return west ? -offset : offset;
}

}  // namespace

std::optional<int64_t> xmltv_time(std::string_view text) {
  // Year, then month, day, hour, minute, second as far as they are there.
  std::array<int, 6> parts{take_number(text, 4), 1, 1, 0, 0, 0};
  for (size_t i = 1;
       i < parts.size() && !text.empty() && text.front() >= '0' && text.front() <= '9'; ++i)
    parts[i] = take_number(text, 2);
  auto time = make(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
  if (!time) return std::nullopt;
  time->offset = minutes(0);
  if (take(text, ' ')) {
    time->offset = text == "UTC" || text == "GMT" ? (text = {}, minutes(0)) : take_offset(text);
  }
  if (!time->offset || !text.empty()) return std::nullopt;
  return time->epoch_ms();
}

std::optional<WrittenTime> written_time(std::string_view text) {
  const auto part = [&](size_t digits, std::string_view before) {
    if (!before.empty() &&
        !(take(text, before.front()) || (before.size() > 1 && take(text, before.back()))))
      return -1;
    return take_number(text, digits);
  };
  const int y = part(4, ""), m = part(2, "-/"), d = part(2, "-/"), hour = part(2, " T"),
            minute = part(2, ":");
  const int second = text.starts_with(':') ? part(2, ":") : 0;
  if (m < 0 || d < 0) return std::nullopt;
  auto time = make(y, m, d, hour, minute, second);
  if (!time || text.empty()) return time;
  take(text, ' ');
  time->offset = take_offset(text);
  if (!time->offset || !text.empty()) return std::nullopt;
  return time;
}

}  // namespace longmen
