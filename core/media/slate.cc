#include "core/media/slate.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/node/json_fields.h"
#include "core/time/floor_div.h"

namespace longmen {

Result<std::shared_ptr<const Slate>> Slate::parse(ByteSpan bytes, RenditionId sound) {
  ByteReader reader(bytes);
  if (as_text(reader.take(kSlateMagic.size())) != kSlateMagic) return fail("not a slate file");
  std::shared_ptr<Slate> slate(new Slate);
  const std::string_view about = as_text(reader.take(reader.u32()));
  auto announcement = generation_announcement_from_json(about);
  if (!announcement) return tl::unexpected(announcement.error());
  slate->announcement_ = std::move(*announcement);
  if (const auto fields = JsonFields::parse(about)) {
    int64_t seconds = kSlateLoop / std::chrono::seconds(1);
    fields->read("loop_seconds", seconds);
    fields->read("still", slate->still_);
    if (seconds < 1 || seconds > kMaxSlateLoop / std::chrono::seconds(1))
      return fail(fmt::format("a loop of {} s", seconds));
    slate->loop_ = std::chrono::seconds(seconds);
    if (slate->loop_ % kSlateLoop != Flicks(0)) return fail(fmt::format("a loop of {} s", seconds));
  }
  while (reader.ok() && !reader.at_end()) {
    auto unit = read_media_unit(reader.take(reader.u32()));
    if (!unit) {
      return fail(fmt::format("a unit cannot be read: {}", drop_reason_name(unit.error())));
    }
    if (slate->units_.size() == kMaxSlateUnits) return fail("too many units");
    if (is_video(unit->rendition) || unit->rendition == sound)
      slate->units_.push_back(std::move(*unit));
  }
  if (!reader.ok()) return fail("the file is cut off");
  if (auto checked = slate->check_and_sort(); !checked) return tl::unexpected(checked.error());
  return std::shared_ptr<const Slate>(std::move(slate));
}

Result<void> Slate::check_and_sort() {
  bool any_keyframe = false;
  for (const MediaUnit& unit : units_) {
    const Flicks time = unit.time.time_since_epoch();
    if (time < Flicks(0) || time >= loop_) return fail("a unit's time is not within the loop");
    if (unit.generation != announcement_.generation) return fail("a unit of another generation");
    uint64_t& next_sequence = packets_per_loop_[unit.rendition.value];
    if (unit.first_sequence != next_sequence) return fail("sequences have a hole");
    next_sequence += unit.packets.size();
    any_keyframe |= is_video(unit.rendition) && unit.keyframe;
  }
  if (!any_keyframe) return fail("no keyframe");
  std::ranges::stable_sort(units_, {}, &MediaUnit::time);
  return {};
}

Slate::Position Slate::keyframe_before(MediaTime time) const {
  const int64_t flicks = time.time_since_epoch().count();
  const int64_t loop = floor_div(flicks, loop_.count());
  const MediaTime within(Flicks(flicks - loop * loop_.count()));
  const auto is_keyframe = [](const MediaUnit& unit) {
    return is_video(unit.rendition) && unit.keyframe;
  };
  size_t end = static_cast<size_t>(std::ranges::upper_bound(units_, within, {}, &MediaUnit::time) -
                                   units_.begin());
  Position newest{loop, 0};
  if (std::none_of(units_.begin(), units_.begin() + static_cast<ptrdiff_t>(end), is_keyframe)) {
    --newest.loop;  // before this loop's first keyframe
    end = units_.size();
  }
  while (!is_keyframe(units_[end - 1]))
    --end;
  // All rungs have their keyframe at that time, and sound may: start with the first of them.
  newest.index = static_cast<size_t>(
      std::ranges::lower_bound(units_, units_[end - 1].time, {}, &MediaUnit::time) -
      units_.begin());
  return newest;
}

Slate::Position Slate::next(Position position) const {
  if (++position.index == units_.size()) position = {position.loop + 1, 0};
  return position;
}

MediaTime Slate::time_of(Position position) const {
  return units_[position.index].time + position.loop * loop_;
}

MediaUnitPtr Slate::unit(Position position) const {
  auto unit = std::make_shared<MediaUnit>(units_[position.index]);
  unit->time = time_of(position);
  unit->first_sequence +=
      static_cast<uint64_t>(position.loop) * packets_per_loop_[unit->rendition.value];
  return unit;
}

std::vector<MediaUnitPtr> Slate::units(RenditionId rendition, MediaTime from,
                                       MediaTime until) const {
  std::vector<MediaUnitPtr> wanted;
  Position position{floor_div(from.time_since_epoch().count(), loop_.count()), 0};
  const MediaTime within = from - position.loop * loop_;
  position.index = static_cast<size_t>(
      std::ranges::lower_bound(units_, within, {}, &MediaUnit::time) - units_.begin());
  if (position.index == units_.size()) position = {position.loop + 1, 0};
  for (; time_of(position) < until; position = next(position)) {
    if (units_[position.index].rendition == rendition) wanted.push_back(unit(position));
  }
  return wanted;
}

}  // namespace longmen
