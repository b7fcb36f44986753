#include "core/feed/playlist.h"

#include <algorithm>
#include <utility>

#include "core/base/invariant.h"

namespace longmen {
namespace {

bool has_cue(const PlaylistItem& item) {
  return item.at.has_value();
}

}  // namespace

Playlist::Playlist(std::vector<PlaylistItem> items, bool repeats)
    : items_(std::move(items)),
      repeats_(repeats && std::none_of(items_.begin(), items_.end(), has_cue)) {
  invariant(!items_.empty(), "a playlist has an item");
}

// From `first` on, of those whose instant has come the last.
std::optional<size_t> Playlist::latest_due(size_t first, CueTime now) const {
  std::optional<size_t> latest;
  for (size_t i = first; i < items_.size(); ++i) {
    if (items_[i].at && *items_[i].at <= now) latest = i;
  }
  return latest;
}

std::optional<CueTime> Playlist::next_cue(size_t first) const {
  for (size_t i = first; i < items_.size(); ++i) {
    if (items_[i].at) return items_[i].at;
  }
  return std::nullopt;
}

Playlist::Step Playlist::begin(CueTime now) const {
  if (const auto due = latest_due(0, now)) return play(*due, *items_[*due].at, now);
  if (items_.front().at) return {Step::Kind::kWait, 0, {}, *items_.front().at, items_.front().at};
  return play(0, now, now);
}

Playlist::Step Playlist::after(size_t item, CueTime ended, CueTime now) const {
  size_t next = item + 1;
  if (const auto due = latest_due(next, now)) return play(*due, *items_[*due].at, now);
  if (next >= items_.size()) {
    if (!repeats_) return {};
    next = 0;
  }
  if (const auto at = items_[next].at) return {Step::Kind::kWait, next, {}, *at, at};
  return play(next, std::min(ended, now), now);
}

Playlist::Step Playlist::beyond(const Step& step, std::chrono::milliseconds length,
                                CueTime now) const {
  const auto played = std::max(length - items_[step.item].from, std::chrono::milliseconds(0));
  return after(step.item, step.began + played, now);
}

// What is known to be over by now is passed over; none of these has an instant that has come.
Playlist::Step Playlist::play(size_t item, CueTime began, CueTime now) const {
  const PlaylistItem& wanted = items_[item];
  const auto late = now - began;
  Step step{Step::Kind::kPlay, item, wanted.from, began, next_cue(item + 1)};
  if (late < kLate) return step;
  step.position += late;
  if (wanted.to && step.position >= *wanted.to) return beyond(step, *wanted.to, now);
  return step;
}

}  // namespace longmen
