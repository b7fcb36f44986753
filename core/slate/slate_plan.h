// Which slates a channel has and which of them it shows on which occasion, as its processes need to
// know it: control makes the plan of what people chose (core/slate/slate_choice.h), the supervisor
// has every picture in it encoded ahead. A slate is named by what is in it, so that the same one is
// encoded once, and one that is replaced is another one. Plain values and their JSON.
// Bounds: kMaxSlates a channel.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "core/node/json_fields.h"
#include "core/slate/slate_occasion.h"

namespace longmen {

inline constexpr size_t kMaxSlates = 16;  // that people have given to a channel
// Below a node's data_dir: what was given, by its SHA-256. Control writes there what the database
// has; the supervisor takes away what no channel names any more.
inline constexpr const char* kGivenSlates = "slates/given";

// One that somebody gave, or the card that is made up: the channel's name and a title.
struct SlateSource {
  std::string sha256;  // of the file that was given, lower-case hex; empty: the card
  bool clip = false;
  std::string title;  // of the card; empty: the channel's name alone
  bool operator==(const SlateSource&) const = default;
  bool is_card() const { return sha256.empty(); }
  bool is_plain_card() const { return is_card() && title.empty(); }
};

struct SlatePlan {
  OfOccasions<SlateSource> on;
  std::vector<SlateSource> others;  // that may be wanted at any moment
  bool break_ordered = false;       // SlateMoment::break_ordered
  MediaTime before_from{};          // SlateMoment::before_from
  bool operator==(const SlatePlan&) const = default;
};

// Each once, those that are shown on some occasion first; cards without a title are not in it.
std::vector<SlateSource> sources_of(const SlatePlan& plan);

boost::json::object to_json(const SlateSource& source);
boost::json::object to_json(const SlatePlan& plan);
// What names no file that can be is the card.
SlateSource slate_source_from_json(const JsonFields& fields);
SlatePlan slate_plan_from_json(const JsonFields& fields);

}  // namespace longmen
