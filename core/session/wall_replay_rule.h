// Whether and when the wall screens of a channel show replays while nothing is on, as people set
// it: a plain value, its bounds and its JSON. Hours are minutes of the day by the node's wall
// clock; where both are the same, any hour will do. What follows of it is
// wall_replay_programme.h's. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "core/base/result.h"

namespace longmen {

enum class WallReplayWhat {
  kOff,
  kLast,  // the session that ended last
  kDay,   // the sessions of the last day that had any, in their order
};
std::string_view name_of(WallReplayWhat what);  // "off", "last", "day"

struct WallReplayRule {
  static constexpr int kMinutesOfDay = 24 * 60;
  static constexpr int kMostBefore = 4 * 60;

  WallReplayWhat what = WallReplayWhat::kOff;
  int from_minute = 8 * 60;    // 0 to 1439
  int until_minute = 22 * 60;  // 0 to 1439; earlier than `from_minute`: of the next day
  int minutes_before = 5;      // the next session, at which replays make room; 0 to kMostBefore
  bool sound = false;          // at the screen's volume; else they are silent
  bool operator==(const WallReplayRule&) const = default;
};

// {"what":"day","from":"08:00","until":"22:00","minutes_before":5,"sound":false}
boost::json::object to_json(const WallReplayRule& rule);
// What is absent stays as in `rule`. The words name the field, and what is allowed.
Result<WallReplayRule> read_wall_replay_rule(const boost::json::object& json, WallReplayRule rule);

}  // namespace longmen
