#include "core/time/rtp_time.h"

#include "core/rtp/ntp_time.h"
#include "core/time/floor_div.h"
#include "core/time/unwrapper.h"

namespace longmen {
namespace {

using Wide = __int128;

constexpr int64_t kFlicksPerSecond = Flicks::period::den;

constexpr int64_t flicks_per_tick(RtpClockRate rate) {
  return kFlicksPerSecond / static_cast<int64_t>(rate);
}
static_assert(kFlicksPerSecond % 90'000 == 0 && kFlicksPerSecond % 48'000 == 0);

}  // namespace

int64_t rtp_ticks(MediaTime time, RtpClockRate rate) {
  return floor_div(time.time_since_epoch().count(), flicks_per_tick(rate));
}

MediaTime media_time_of_ticks(int64_t ticks, RtpClockRate rate) {
  return MediaTime(Flicks(ticks * flicks_per_tick(rate)));
}

uint32_t rtp_timestamp(MediaTime time, RtpClockRate rate) {
  return static_cast<uint32_t>(rtp_ticks(time, rate));
}

MediaTime media_time_near(uint32_t timestamp, RtpClockRate rate, MediaTime reference) {
  return media_time_of_ticks(unwrap_near<32>(timestamp, rtp_ticks(reference, rate)), rate);
}

uint64_t ntp_timestamp(MediaTime time) {
  const Wide scaled = Wide{time.time_since_epoch().count()} << 32;
  const Wide since_1970 = floor_div(scaled, Wide{kFlicksPerSecond});
  return static_cast<uint64_t>(since_1970 + (Wide{kSecondsFrom1900To1970} << 32));
}

uint32_t ntp_short(MediaTime time) {
  return static_cast<uint32_t>(ntp_timestamp(time) >> 16);
}

MediaTime media_time_of_ntp(uint64_t ntp, MediaTime reference) {
  const auto ahead = static_cast<int64_t>(ntp - ntp_timestamp(reference));
  const Wide since_1970 =
      floor_div(Wide{reference.time_since_epoch().count()} << 32, Wide{kFlicksPerSecond}) + ahead;
  // Up, because ntp_timestamp() rounded down and one flick is about six units of 2^-32 s.
  return MediaTime(
      Flicks(static_cast<int64_t>(ceil_div(since_1970 * kFlicksPerSecond, Wide{1} << 32))));
}

}  // namespace longmen
