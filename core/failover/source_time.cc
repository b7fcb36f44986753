#include "core/failover/source_time.h"

#include <algorithm>

namespace longmen {

SourceTime::Picture SourceTime::picture(Flicks feed_time, std::optional<Flicks> timecode) {
  if (timecode) {
    const Flicks ahead = *timecode - feed_time;
    const bool goes_on = ahead_ && std::chrono::abs(ahead - *ahead_) <= kTolerance;
    steady_ = goes_on ? std::min(steady_ + 1, kSteady) : 0;
    ahead_ = ahead;
  }
  const bool another = by_timecode_ != (steady_ == kSteady);
  by_timecode_ = steady_ == kSteady;
  return {by_timecode_ ? feed_time + *ahead_ : feed_time, another};
}

}  // namespace longmen
