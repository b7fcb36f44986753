#include "core/hls/rendition_window.h"

#include <algorithm>

#include "core/base/invariant.h"

namespace longmen::hls {

Flicks WindowSegment::duration() const {
  Flicks sum{};
  for (const WindowPart& part : parts)
    sum += part.duration;
  return sum;
}

bool WindowSegment::has_gap() const {
  return std::ranges::any_of(parts, [](const WindowPart& part) { return !part.bytes; });
}

void RenditionWindow::append(const Place& place, const cmaf::Part& part) {
  WindowSegment& segment = open(place);
  segment.parts.push_back({part.bytes, part.duration, part.independent});
  if (!segment.init) segment.init = part.init;
  init_ = part.init;
}

void RenditionWindow::append_gap(const Place& place) {
  open(place).parts.push_back({{}, grid_.duration_of(place.number), false});
}

void RenditionWindow::take_back() {
  if (segments_.empty()) return;
  ++version_;
  left_.clear();
  while (segments_.size() > 1) {
    discontinuities_gone_ += segments_.front().discontinuity;
    segments_.pop_front();
  }
  for (WindowPart& part : segments_.front().parts)
    part = {{}, part.duration, false};
  taken_back_until_ = last();
}

WindowSegment& RenditionWindow::open(const Place& place) {
  const bool joins =
      segments_.empty() ? place.number.part == 0 : place.number == grid_.parts().next(last());
  invariant(joins, "parts of a window follow each other");
  ++version_;
  if (place.number.part == 0) {
    WindowSegment& segment = segments_.emplace_back();
    segment.media_sequence = place.number.media_sequence;
    segment.generation = place.generation;
    segment.start = grid_.start_of(place.number);
    segment.discontinuity = place.discontinuity;
    forget_old();
  }
  return segments_.back();
}

// All segments have the same length: their number is what tells their age. A segment can be had for
// its own length and that of the playlist after it has left.
void RenditionWindow::forget_old() {
  const auto kept = static_cast<size_t>(kLength / grid_.parts().segment_duration());
  const size_t most = std::min(kept + 1, kMaxSegments);
  while (segments_.size() > most) {
    discontinuities_gone_ += segments_.front().discontinuity;
    left_.push_back(std::move(segments_.front()));
    segments_.pop_front();
  }
  while (left_.size() > most + 1)
    left_.pop_front();
}

bool RenditionWindow::is_complete(const WindowSegment& segment) const {
  return segment.parts.size() == static_cast<size_t>(grid_.parts().parts_per_segment());
}

const WindowSegment* RenditionWindow::find(int64_t media_sequence) const {
  for (const std::deque<WindowSegment>* segments : {&segments_, &left_}) {
    if (segments->empty() || media_sequence < segments->front().media_sequence ||
        media_sequence > segments->back().media_sequence)
      continue;
    return &(*segments)[static_cast<size_t>(media_sequence - segments->front().media_sequence)];
  }
  return nullptr;
}

const WindowPart* RenditionWindow::find_part(Generation generation, HlsNumber number) const {
  const WindowSegment* segment = find(number.media_sequence);
  if (!segment || segment->generation != generation || number.part < 0 ||
      static_cast<size_t>(number.part) >= segment->parts.size())
    return nullptr;
  const WindowPart& part = segment->parts[static_cast<size_t>(number.part)];
  return part.bytes ? &part : nullptr;
}

HlsNumber RenditionWindow::last() const {
  const WindowSegment& segment = segments_.back();
  return {segment.media_sequence, static_cast<int>(segment.parts.size()) - 1};
}

cmaf::InitSegmentPtr RenditionWindow::find_init(std::string_view name) const {
  if (init_ && init_->name == name) return init_;
  for (const std::deque<WindowSegment>* segments : {&segments_, &left_})
    for (const WindowSegment& segment : *segments)
      if (segment.init && segment.init->name == name) return segment.init;
  return nullptr;
}

}  // namespace longmen::hls
