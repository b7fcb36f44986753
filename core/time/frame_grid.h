// The channel's output frames on the line of time: slot k of a grid of F frames a second is at
// k / F seconds since the epoch, in every generation, rendition and node. Exact in flicks.
// Constant; any thread. Source: docs/TIMELINE.md §4.
#pragma once

#include <cstdint>

#include "core/time/media_time.h"

namespace longmen {

using SlotIndex = int64_t;

class FrameGrid {
 public:
  static constexpr bool supports(int frames_per_second) {
    return frames_per_second == 25 || frames_per_second == 30 || frames_per_second == 50 ||
           frames_per_second == 60;
  }

  // Ends the process unless supports(): the configuration has been checked before.
  explicit FrameGrid(int frames_per_second);

  int frames_per_second() const { return frames_per_second_; }
  Flicks slot_duration() const { return slot_duration_; }
  MediaTime time_of(SlotIndex slot) const { return MediaTime(slot * slot_duration_); }
  SlotIndex slot_at(MediaTime time) const;          // the last one at or before
  SlotIndex first_slot_from(MediaTime time) const;  // the first one at or after
  SlotIndex nearest_slot(MediaTime time) const;     // halfway: the later one

 private:
  int frames_per_second_;
  Flicks slot_duration_;
};

}  // namespace longmen
