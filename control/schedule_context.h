// What every action of the schedule is given: who acts and when, the wall clock's zone and what the
// configuration says, and where ids come from.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "control/audit.h"
#include "control/time_zone.h"
#include "core/base/random.h"

namespace longmen {

struct ScheduleSettings {
  TimeZone zone;
  std::chrono::milliseconds reopen_within = std::chrono::minutes(10);
  // An emergency cut waits so long for a second person; 0: one is enough.
  std::chrono::milliseconds second_person_within{};
  std::vector<std::string> configured_channels;  // which the configuration makes anew
};

struct ScheduleContext {
  Actor actor;
  ScheduleSettings settings;
  RandomBytes random;
};

}  // namespace longmen
