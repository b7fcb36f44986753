#include "core/slate/slate_occasion.h"

#include "core/base/names.h"

namespace longmen {
namespace {

constexpr std::array kOccasionNames{
    Named{SlateOccasion::kBefore, "before"}, Named{SlateOccasion::kBreak, "break"},
    Named{SlateOccasion::kTrouble, "trouble"}, Named{SlateOccasion::kAfter, "after"},
    Named{SlateOccasion::kCut, "cut"}};

}  // namespace

std::string_view name_of(SlateOccasion occasion) {
  return name_in(kOccasionNames, occasion);
}

std::optional<SlateOccasion> slate_occasion_named(std::string_view name) {
  return value_in<SlateOccasion>(kOccasionNames, name);
}

SlateOccasion occasion_at(const SlateMoment& moment, MediaTime now) {
  if (moment.rule == AirRule::kCut) return SlateOccasion::kCut;
  if (moment.rule == AirRule::kSlate && moment.break_ordered) return SlateOccasion::kBreak;
  const bool shows_feed = moment.rule == AirRule::kFeed;
  if (shows_feed && moment.session_live) return SlateOccasion::kTrouble;
  if (now < moment.before_from) return SlateOccasion::kAfter;
  const bool just_left = moment.feed_left && now - *moment.feed_left < Flicks(kTroubleLasts);
  return shows_feed && just_left ? SlateOccasion::kTrouble : SlateOccasion::kBefore;
}

}  // namespace longmen
