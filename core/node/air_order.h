// What a channel's operators let onto its public air, as its processes need to know it: the
// feed when there is one, or its slate whatever comes, or an emergency cut. Control makes the rule
// of what is ordered (control/air_table.h); the supervisor stamps when it took effect and keeps it,
// so that it holds without control and through any process' death.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/node/channel_input.h"
#include "core/time/media_time.h"

namespace longmen {

enum class AirRule : uint8_t {
  kFeed,   // the feed, and the slate while there is none
  kSlate,  // the slate, whatever comes in
  kCut,    // likewise; and what was public before is taken back from who can still be sent it
};

std::string_view name_of(AirRule rule);  // "feed", "slate", "cut"
std::optional<AirRule> air_rule_named(std::string_view name);

struct AirOrder {
  AirRule rule = AirRule::kFeed;
  // Nothing that the feed brought before that instant becomes public from now on: it was held back
  // then, or has been cut. The epoch: nothing is hidden.
  MediaTime hidden_before;
  // When the last cut took effect: what was public for a while before it is taken back for good,
  // also from what was recorded. The epoch: there was none.
  MediaTime cut_at{};
  // The one that the streamer is to show, whatever becomes of it; nothing: the better one. Of no
  // concern to relay and gateway.
  std::optional<ChannelInput> input = std::nullopt;
  bool operator==(const AirOrder&) const = default;

  bool holds_feed() const { return rule != AirRule::kFeed; }
};

// The order that follows `before`, of a programme that is not held before it airs, when `rule` is
// in force from `now` on; the same one when that is no other rule.
AirOrder followed_by(const AirOrder& before, AirRule rule, MediaTime now);

}  // namespace longmen
