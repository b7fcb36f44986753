// The time that a source gave its pictures: their timecode, when the feed carries one that goes
// with its timestamps kSteady times in a row, else those timestamps. Encoders with a common
// timecode begin their timestamps where they like, so pictures are the same by the one and not by
// the other. A picture without its own has that of those before it. A timecode that stands still or
// jumps (midnight, another tape) is none until it is steady again. Thread: its owner's.
#pragma once

#include <optional>

#include "core/time/media_time.h"

namespace longmen {

class SourceTime {
 public:
  static constexpr int kSteady = 10;
  // RTMP has whole milliseconds; at 120 pictures a second one lasts 8.
  static constexpr Flicks kTolerance = std::chrono::milliseconds(4);

  struct Picture {
    Flicks time;
    bool another = false;  // from here on the times are others, and say nothing to those before
  };
  Picture picture(Flicks feed_time, std::optional<Flicks> timecode);
  // Another feed, or its timestamps have jumped.
  void forget() { *this = {}; }

 private:
  std::optional<Flicks> ahead_;  // of the feed's timestamps
  int steady_ = 0;
  bool by_timecode_ = false;
};

}  // namespace longmen
