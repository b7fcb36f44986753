#include "core/time/gop.h"

#include "core/base/invariant.h"
#include "core/time/floor_div.h"

namespace longmen {

GopGrid::GopGrid(FrameGrid frames, int gop_seconds) : frames_(frames), gop_seconds_(gop_seconds) {
  invariant(supports(gop_seconds), "a GOP of 1 or 2 seconds");
}

GopIndex GopGrid::gop_at(MediaTime time) const {
  return floor_div(time.time_since_epoch().count(), gop_duration().count());
}

GopIndex GopGrid::gop_of(SlotIndex slot) const {
  return floor_div<int64_t>(slot, frames_per_gop());
}

}  // namespace longmen
