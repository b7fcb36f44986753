#include "core/cmaf/track_grid.h"

#include "core/time/audio_grid.h"
#include "core/time/floor_div.h"

namespace longmen::cmaf {

uint32_t TrackGrid::frame_ticks() const {
  if (!frames_) return static_cast<uint32_t>(kAacGrid.samples_per_frame());
  return kVideoTimescale / static_cast<uint32_t>(frames_->frames_per_second());
}

Flicks TrackGrid::frame_duration() const {
  return frames_ ? frames_->slot_duration() : kAacGrid.frame_duration();
}

std::optional<int64_t> TrackGrid::frame_at(MediaTime time) const {
  const int64_t frame = frames_ ? frames_->slot_at(time) : kAacGrid.frame_at(time);
  if (frame < 0 || time_of(frame) != time) return {};
  return frame;
}

MediaTime TrackGrid::time_of(int64_t frame) const {
  return frames_ ? frames_->time_of(frame) : kAacGrid.time_of(frame);
}

FrameRange TrackGrid::frames_of(HlsNumber part) const {
  if (!frames_) {
    const AudioFrameRange range = grid_.aac_frames_of_part(part);
    return {range.first, range.end};
  }
  return {frames_->first_slot_from(grid_.part_start(part)),
          frames_->first_slot_from(grid_.part_start(grid_.next(part)))};
}

Flicks TrackGrid::duration_of(HlsNumber part) const {
  const FrameRange range = frames_of(part);
  return (range.end - range.first) * frame_duration();
}

Flicks TrackGrid::longest_part() const {
  return ceil_div(grid_.part_duration().count(), frame_duration().count()) * frame_duration();
}

}  // namespace longmen::cmaf
