#include "core/time/hls_number.h"

#include "core/base/invariant.h"
#include "core/time/floor_div.h"

namespace longmen {
namespace {

AudioFrameRange starting_between(MediaTime from, MediaTime to) {
  return {kAacGrid.first_frame_from(from), kAacGrid.first_frame_from(to)};
}

}  // namespace

HlsGrid::HlsGrid(std::chrono::seconds segment, int parts_per_segment)
    : segment_(segment), parts_per_segment_(parts_per_segment) {
  invariant(
      segment_ > Flicks(0) && parts_per_segment_ > 0 && segment_.count() % parts_per_segment_ == 0,
      "a segment of whole parts");
}

HlsNumber HlsGrid::number_at(MediaTime time) const {
  const int64_t part = floor_div(time.time_since_epoch().count(), part_duration().count());
  const int64_t media_sequence = floor_div<int64_t>(part, parts_per_segment_);
  return {media_sequence, static_cast<int>(part - media_sequence * parts_per_segment_)};
}

HlsNumber HlsGrid::next(HlsNumber number) const {
  if (number.part + 1 < parts_per_segment_) return {number.media_sequence, number.part + 1};
  return {number.media_sequence + 1, 0};
}

AudioFrameRange HlsGrid::aac_frames_of_segment(int64_t media_sequence) const {
  return starting_between(segment_start(media_sequence), segment_start(media_sequence + 1));
}

AudioFrameRange HlsGrid::aac_frames_of_part(HlsNumber number) const {
  return starting_between(part_start(number), part_start(next(number)));
}

}  // namespace longmen
