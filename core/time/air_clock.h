// The media clock of whoever makes a programme that is held before it airs: what is made now
// belongs to the instant at which it will be on air, `ahead` of the present, and is on every grid
// of that instant from the start, so that holding it changes nothing in it. Without a delay it is
// the media clock. Decides nothing; constant but for the clock itself, which outlives this.
// Any thread. Source: docs/TIMELINE.md §13.
#pragma once

#include "core/time/media_clock.h"

namespace longmen {

class AirClock {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): every media clock is one.
  AirClock(const SharedMediaClock& clock, Flicks ahead = Flicks(0))
      : clock_(&clock), ahead_(ahead) {}

  bool is_set() const { return clock_->is_set(); }
  Flicks ahead() const { return ahead_; }
  // When what is made at `instant` is on air, and the way back.
  MediaTime media_at(Monotonic instant) const { return clock_->media_at(instant) + ahead_; }
  Monotonic monotonic_at(MediaTime time) const { return clock_->monotonic_at(time - ahead_); }
  // The present of what has that time of airing.
  MediaTime made_at(MediaTime on_air) const { return on_air - ahead_; }

 private:
  const SharedMediaClock* clock_;
  Flicks ahead_;
};

}  // namespace longmen
