// Times as guides and spreadsheets write them. XMLTV: "20261126193000 +0800", seconds and more
// missing from the end, without an offset in UTC (xmltv.dtd). By hand: "2026-11-26 19:30", with a
// 'T', with seconds, with an offset ("+08:00", "Z"); without one it is what the wall clock shows.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace longmen {

std::optional<int64_t> xmltv_time(std::string_view text);  // epoch, ms

struct WrittenTime {
  std::chrono::local_days day;
  std::chrono::seconds of_day{0};
  std::optional<std::chrono::minutes> offset;  // from UTC

  // When it has an offset.
  int64_t epoch_ms() const {
    return std::chrono::milliseconds(day.time_since_epoch() + of_day -
                                     offset.value_or(std::chrono::minutes(0)))
        .count();
  }
};
std::optional<WrittenTime> written_time(std::string_view text);

}  // namespace longmen
