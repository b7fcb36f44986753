// What people chose of a channel's slates: for the channel, for one session over that, and by an
// order or a cut over both; and the one place that makes a plan of it. A session's choice counts
// for what belongs to it: `before` of the one that comes next, `break`, `trouble` and `cut` of the
// one that is live, `after` of the one that was last. Where nothing is chosen, the card is shown,
// with the title of that session. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/slate/slate_plan.h"

namespace longmen {

// Ids of slates; empty: none is chosen.
using ChosenSlates = OfOccasions<std::string>;

struct SlateChoice {
  static constexpr int kMostMinutes = 24 * 60;
  ChosenSlates on;
  int before_minutes = 30;  // before a session's planned start `before` follows `after`
  bool operator==(const SlateChoice&) const = default;
};

// {"before":"...","break":null,...,"before_minutes":30}
boost::json::object to_json(const SlateChoice& choice);
boost::json::object to_json(const ChosenSlates& chosen);
// What is absent stays; null is none. The words name the field. Whether there is such a slate, the
// caller looks.
Result<SlateChoice> read_slate_choice(const boost::json::object& json, SlateChoice choice);
Result<ChosenSlates> read_chosen_slates(const boost::json::object& json, ChosenSlates chosen);

struct SessionOfPlan {
  std::string title;
  ChosenSlates chosen;
  int64_t at_ms = 0;  // of the next one its planned start, of the last one its end
};

struct SlateSituation {
  SlateChoice channel;
  std::optional<SessionOfPlan> live, next, last;
  bool break_ordered = false;
  std::string ordered;  // the id that an order, or a cut, names; empty: none
  std::string cut;
  std::map<std::string, SlateSource> library;  // by id; bounded by kMaxSlates
};

// Without a next session, what is after one is over some time.
inline constexpr std::chrono::hours kAfterLasts{2};

SlatePlan plan_slates(const SlateSituation& situation);

}  // namespace longmen
