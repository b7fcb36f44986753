// What every action of the schedule is given: who acts and when, the wall clock's zone and what the
// configuration says, and where ids come from.
#pragma once

#include <chrono>

#include "control/audit.h"
#include "control/time_zone.h"
#include "core/base/random.h"

namespace longmen {

struct ScheduleSettings {
  TimeZone zone;
  std::chrono::milliseconds reopen_within = std::chrono::minutes(10);
};

struct ScheduleContext {
  Actor actor;
  ScheduleSettings settings;
  RandomBytes random;
};

}  // namespace longmen
