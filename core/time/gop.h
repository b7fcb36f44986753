// Groups of pictures on the line of time: GOP g of a channel with GOPs of L seconds begins at g * L
// seconds since the epoch; the frame in that slot is an IDR in every rendition, on every ingest
// node. Constant; any thread. Source: docs/TIMELINE.md §6.
#pragma once

#include <cstdint>

#include "core/time/frame_grid.h"

namespace longmen {

using GopIndex = int64_t;

class GopGrid {
 public:
  static constexpr bool supports(int gop_seconds) { return gop_seconds == 1 || gop_seconds == 2; }

  // Ends the process unless supports(): the configuration has been checked before.
  GopGrid(FrameGrid frames, int gop_seconds);

  int gop_seconds() const { return gop_seconds_; }
  int frames_per_gop() const { return frames_.frames_per_second() * gop_seconds_; }
  Flicks gop_duration() const { return std::chrono::seconds(gop_seconds_); }
  GopIndex gop_at(MediaTime time) const;
  GopIndex gop_of(SlotIndex slot) const;
  MediaTime time_of(GopIndex gop) const { return MediaTime(gop * gop_duration()); }
  SlotIndex first_slot_of(GopIndex gop) const { return gop * frames_per_gop(); }
  // Whether an IDR is forced in that slot (a generation's first frame is one anyway).
  bool starts_gop(SlotIndex slot) const { return first_slot_of(gop_of(slot)) == slot; }

 private:
  FrameGrid frames_;
  int gop_seconds_;
};

}  // namespace longmen
