// Decides when each packet of a steady stream (sound) leaves, so that they leave as evenly as their
// media times lie, whatever the jitter with which they came: all nearly as late as the latest of
// the last while. A player's buffer grows by the jitter it sees and shrinks slowly; ours costs
// less. A player's smallest buffer takes in kLeft of it for nothing (WebRTC's counts jitter in
// steps of 20 ms), so that much is left to it. It knows no packets and holds none. Bound: nothing
// is held longer than kMaxHold. Thread: its owner's.
#pragma once

#include <algorithm>
#include <optional>

#include "core/time/media_time.h"

namespace longmen {

class EvenPacer {
 public:
  static constexpr Flicks kMaxHold = std::chrono::milliseconds(60);
  static constexpr Flicks kLeft = std::chrono::milliseconds(12);
  static constexpr Flicks kWindow = std::chrono::seconds(5);  // remembered for one to two of these

  // When the packet of media time `time`, which is there at `now`, is to leave: not before `now`,
  // and not before what was given out for an earlier packet.
  MediaTime due(MediaTime time, MediaTime now) {
    const Flicks lateness = now - time;
    if (!window_end_ || now >= *window_end_) {
      previous_ = window_end_ ? current_ : lateness;
      current_ = lateness;
      window_end_ = now + kWindow;
    }
    current_ = std::max(current_, lateness);
    const MediaTime even = time + std::max(previous_, current_) - kLeft;
    last_ = std::max({now, std::min(even, now + kMaxHold), last_});
    return last_;
  }

 private:
  std::optional<MediaTime> window_end_;
  Flicks current_{0};   // the greatest lateness in this window
  Flicks previous_{0};  // and in the one before
  MediaTime last_ = MediaTime::min();
};

}  // namespace longmen
