// The time zone of the node's wall clock, by its name in the IANA database: from an instant to what
// the clock on the wall shows and back, summer time and all. A time that the clock skips is that of
// before the step, an hour later by the wall; of one that it shows twice the first is meant
// (RFC 5545 §3.3.5). Reads the system's tzdata. Copied freely; immutable.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace date {
class time_zone;
}

namespace longmen {

struct WallTime {
  std::chrono::local_days day;
  std::chrono::milliseconds of_day{0};
};

class TimeZone {
 public:
  TimeZone();  // UTC
  // "Asia/Shanghai"; empty: this machine's.
  static Result<TimeZone> named(const std::string& name);

  const std::string& name() const { return name_; }
  WallTime at(int64_t epoch_ms) const;
  int64_t epoch_ms(const WallTime& time) const;
  // "2026-11-26 19:30", of the wall.
  std::string words(int64_t epoch_ms) const;

 private:
  explicit TimeZone(const date::time_zone* zone);

  const date::time_zone* zone_;  // lives as long as the process
  std::string name_;
};

}  // namespace longmen
