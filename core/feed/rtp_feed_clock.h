// Gives the timestamps of a sender's two RTP streams one feed time. Each stream's begins where its
// first packet arrived; once sender reports have said of both which instant a timestamp stands for,
// sound is put to the picture by them, and again when it is more than kTolerated off. Reports that
// put the two more than kMostApart from where they arrived are not believed.
// Bounds: constant memory. One thread. Source: RFC 3550 §6.4.1; docs/TIMELINE.md §9.
#pragma once

#include <optional>

#include "core/base/result.h"
#include "core/rtp/ntp_time.h"
#include "core/time/unwrapper.h"

namespace longmen {

class RtpFeedClock {
 public:
  explicit RtpFeedClock(uint32_t audio_rate = 48'000) : rates_{audio_rate, 90'000} {}

  static constexpr std::chrono::milliseconds kTolerated{10};
  static constexpr std::chrono::seconds kMostApart{10};

  // Of a packet in its stream's order.
  Flicks feed_time(bool video, uint32_t timestamp, Monotonic arrival);
  // Whether sound has another feed time from now on. kMalformed: not believed.
  Parsed<bool> sender_report(bool video, NtpTime instant, uint32_t timestamp);
  // The stream is another one (its SSRC changed).
  void restart(bool video) { tracks_[video] = {}; }

 private:
  struct Report {
    NtpTime instant;
    uint32_t timestamp = 0;
  };
  struct Track {
    TimestampUnwrapper timestamps;
    int64_t first_ticks = 0;
    Flicks first{0};
    std::optional<Report> report;

    bool begun() const { return timestamps.last().has_value(); }
  };
  Flicks time_of(bool video, int64_t ticks) const;
  Flicks time_of_report(bool video) const;

  uint32_t rates_[2];  // audio, video; so below
  Track tracks_[2];
};

}  // namespace longmen
