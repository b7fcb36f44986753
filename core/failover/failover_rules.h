// What of an input counts as bad, and after how long; what is shown when nothing better is there;
// and when the primary is taken again. A channel's settings, as people give them: plain values,
// their bounds and their JSON. What follows from them is input_watch.h's and input_choice.h's.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/node/channel_input.h"

namespace longmen {

// From the most bearable to the worst: of two bad inputs the one with the earlier is shown.
enum class Condition : uint8_t { kSilent, kErrors, kFrozen, kBlack, kNoData };
inline constexpr std::array kConditions{Condition::kSilent, Condition::kErrors, Condition::kFrozen,
                                        Condition::kBlack, Condition::kNoData};
std::string_view name_of(Condition condition);  // "silent", "errors", "frozen", "black", "no_data"

struct ConditionRule {
  std::chrono::milliseconds after{0};  // for so long without a break; 0: it does not count
  // When no better input is there: the slate's picture instead of this one's.
  bool to_slate = false;
  bool operator==(const ConditionRule&) const = default;
};

struct FailoverRules {
  static constexpr std::chrono::milliseconds kLeast{100}, kMost{10 * 60 * 1000};

  // Silence, damage and a picture that stands still are still more than a slate: a slide and a
  // pause are such. So they lead to a better input alone, unless the channel says otherwise.
  std::array<ConditionRule, kConditions.size()> conditions{{
      {std::chrono::seconds(15), false},
      {std::chrono::seconds(3), false},
      {std::chrono::seconds(10), false},
      {std::chrono::seconds(5), true},
      {std::chrono::milliseconds(500), true},
  }};
  int errors_per_second = 3;  // so many or more: too many
  // The primary is taken again when it has been good for so long; nothing: by hand alone.
  std::optional<std::chrono::milliseconds> return_after = std::chrono::seconds(10);

  const ConditionRule& of(Condition condition) const {
    return conditions[static_cast<size_t>(condition)];
  }
  ConditionRule& of(Condition condition) { return conditions[static_cast<size_t>(condition)]; }
  bool operator==(const FailoverRules&) const = default;
};

// {"no_data":{"after_ms":500,"else":"slate"},...,"errors_per_second":3,"return_after_ms":10000}
boost::json::object to_json(const FailoverRules& rules);
// What is absent stays as in `rules`. The words name the field, and what is allowed.
Result<FailoverRules> read_failover_rules(const boost::json::object& json, FailoverRules rules);

}  // namespace longmen
