#include "core/feed/rtp_feed_clock.h"

namespace longmen {
namespace {

// Modulo 2^64, as NTP times are.
Flicks between(NtpTime from, NtpTime to) {
  const auto difference = static_cast<int64_t>(to.value - from.value);
  return Flicks(
      static_cast<int64_t>((static_cast<__int128>(difference) * Flicks::period::den) >> 32));
}

}  // namespace

Flicks RtpFeedClock::feed_time(bool video, uint32_t timestamp, Monotonic arrival) {
  Track& track = tracks_[video];
  const bool begins = !track.begun();
  const int64_t ticks = track.timestamps.unwrap(timestamp);
  if (begins) {
    track.first_ticks = ticks;
    track.first = floor_flicks(arrival.time_since_epoch());
  }
  return time_of(video, ticks);
}

Parsed<bool> RtpFeedClock::sender_report(bool video, NtpTime instant, uint32_t timestamp) {
  tracks_[video].report = Report{instant, timestamp};
  for (const Track& track : tracks_)
    if (!track.begun() || !track.report) return false;
  const Flicks apart = between(tracks_[true].report->instant, tracks_[false].report->instant);
  const Flicks error = time_of_report(true) + apart - time_of_report(false);
  if (std::chrono::abs(error) > kMostApart) return drop(DropReason::kMalformed);
  if (std::chrono::abs(error) <= kTolerated) return false;
  tracks_[false].first += error;
  return true;
}

Flicks RtpFeedClock::time_of(bool video, int64_t ticks) const {
  const Track& track = tracks_[video];
  const auto flicks = static_cast<__int128>(ticks - track.first_ticks) * Flicks::period::den;
  return track.first + Flicks(static_cast<int64_t>(flicks / rates_[video]));
}

Flicks RtpFeedClock::time_of_report(bool video) const {
  const Track& track = tracks_[video];
  return time_of(video, unwrap_near<32>(track.report->timestamp, *track.timestamps.last()));
}

}  // namespace longmen
