// When a channel shows which of its slates. It decides from what is ordered, whether a session is
// live and what time it is; which slate that is, core/slate/slate_plan.h knows. Relay, gateway and
// streamer ask it alike, so that all show the same one. In this order:
// - after an emergency cut, `cut`;
// - when operators hold the feed back to show a slate, `break`;
// - when the feed may be shown and there is none while a session is live, `trouble`;
// - else, from a session's end until the next one is near, `after`;
// - else, for kTroubleLasts since a feed was on air without any session, `trouble`;
// - else `before`.
// Pure; no state.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

#include "core/node/air_order.h"
#include "core/time/media_time.h"

namespace longmen {

enum class SlateOccasion : uint8_t { kBefore, kBreak, kTrouble, kAfter, kCut };
inline constexpr std::array kSlateOccasions{SlateOccasion::kBefore, SlateOccasion::kBreak,
                                            SlateOccasion::kTrouble, SlateOccasion::kAfter,
                                            SlateOccasion::kCut};
std::string_view name_of(SlateOccasion occasion);  // "before", "break", "trouble", "after", "cut"
std::optional<SlateOccasion> slate_occasion_named(std::string_view name);

// A value for each occasion.
template <class Value>
struct OfOccasions {
  std::array<Value, kSlateOccasions.size()> values{};
  const Value& operator[](SlateOccasion occasion) const {
    return values[static_cast<size_t>(occasion)];
  }
  Value& operator[](SlateOccasion occasion) { return values[static_cast<size_t>(occasion)]; }
  bool operator==(const OfOccasions&) const = default;
};

struct SlateMoment {
  AirRule rule = AirRule::kFeed;
  bool break_ordered = false;  // the rule kSlate is for people to see a slate, not for want of a
                               // session or for a rehearsal
  bool session_live = false;
  MediaTime before_from{};  // while nothing is on: `before` from then on
  // When the feed left the air though nobody held it back; nothing while none was on air.
  std::optional<MediaTime> feed_left = std::nullopt;
};

// A channel without sessions is on air for as long as it is fed: what is gone for longer is over.
inline constexpr std::chrono::minutes kTroubleLasts{5};

SlateOccasion occasion_at(const SlateMoment& moment, MediaTime now);

}  // namespace longmen
