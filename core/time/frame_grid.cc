#include "core/time/frame_grid.h"

#include "core/base/invariant.h"
#include "core/time/floor_div.h"

namespace longmen {

FrameGrid::FrameGrid(int frames_per_second)
    : frames_per_second_(frames_per_second),
      slot_duration_(supports(frames_per_second) ? Flicks::period::den / frames_per_second : 0) {
  invariant(supports(frames_per_second), "a frame grid of 25, 30, 50 or 60");
}

SlotIndex FrameGrid::slot_at(MediaTime time) const {
  return floor_div(time.time_since_epoch().count(), slot_duration_.count());
}

SlotIndex FrameGrid::first_slot_from(MediaTime time) const {
  return ceil_div(time.time_since_epoch().count(), slot_duration_.count());
}

SlotIndex FrameGrid::nearest_slot(MediaTime time) const {
  return slot_at(time + slot_duration_ / 2);
}

}  // namespace longmen
