// The time of a programme: widens the 33-bit timestamps that its tracks share, and does not believe
// a lone one that is far from its track's others, which is a damaged packet rather than a jump. A
// jump that is meant lasts, so the second timestamp over there is believed; one that the stream
// announces (discontinuity_indicator) is at once. The PCR is not read: when a unit came is what the
// feed's clock goes by (core/feed/feed_clock.h). Constant memory; one thread.
// Source: ITU-T H.222.0 §2.4.3.7 (2^33 ticks of 90 kHz are 26.5 h); docs/TIMELINE.md §9.
#pragma once

#include <cstdlib>
#include <optional>

#include "core/time/media_time.h"
#include "core/time/unwrapper.h"

namespace longmen::mpegts {

class ProgramClock {
 public:
  static constexpr Ticks90k kLongestStep = std::chrono::seconds(10);

  // Of one track; its decoding timestamps pass here in order.
  struct Track {
    std::optional<int64_t> last_ticks;
    std::optional<int64_t> doubted_ticks;
    bool jump_announced = false;
  };

  // Nothing: it is not believed.
  std::optional<Ticks90k> decoding_time(uint64_t dts_90khz, Track& track) {
    const int64_t ticks = last_ ? unwrap_near<33>(dts_90khz, *last_) : int64_t(dts_90khz);
    if (track.last_ticks && !track.jump_announced && far(ticks, *track.last_ticks) &&
        !(track.doubted_ticks && !far(ticks, *track.doubted_ticks))) {
      track.doubted_ticks = ticks;
      return std::nullopt;
    }
    track.doubted_ticks.reset();
    track.jump_announced = false;
    track.last_ticks = last_ = ticks;
    return Ticks90k(ticks);
  }
  // The presentation that belongs to a decoding time; one that lies far from it is damaged, and
  // then it is that.
  static Ticks90k presentation_time(uint64_t pts_90khz, Ticks90k decoding) {
    const int64_t ticks = unwrap_near<33>(pts_90khz, decoding.count());
    return far(ticks, decoding.count()) ? decoding : Ticks90k(ticks);
  }

 private:
  static bool far(int64_t one, int64_t other) {
    return std::abs(one - other) > kLongestStep.count();
  }

  std::optional<int64_t> last_;  // of any track
};

}  // namespace longmen::mpegts
