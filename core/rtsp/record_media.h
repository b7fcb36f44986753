// What a server makes of the RTP and RTCP of a sender that records to it: packets in order (nothing
// is sent again by RTSP: what is missing for `patience` is given up, and pictures go on from the
// next keyframe), tracks and units on one feed time (core/feed/rtp_feed_clock.h), and the receiver
// reports that it is owed. It knows neither RTSP nor sockets. Bounds: those of its parts; an SSRC a
// track. One thread. Order: a handler, then poll_feed() and poll_rtcp() until they give
// nothing, then wait for next_timeout(). Source: RFC 3550 §6.4, RFC 6184, RFC 7798, RFC 3640.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "core/feed/decoding_times.h"
#include "core/feed/h264_units.h"
#include "core/feed/rtp_feed_clock.h"
#include "core/rtp/mpeg4_audio.h"
#include "core/rtp/reception.h"
#include "core/rtp/video_receiver.h"
#include "core/rtsp/announcement.h"

namespace longmen::rtsp {

struct RecordCounters {
  uint64_t bytes = 0;  // of RTP
  uint64_t packets = 0;
  uint64_t lost = 0;
  uint64_t broken = 0;  // pictures of which something was missing, sound that could not be read
  uint64_t undecodable = 0;  // pictures that follow from such
};

class RecordMedia {
 public:
  static constexpr std::chrono::seconds kReportEvery{5};
  // Another SSRC takes a track over after so many packets of it in a row (RFC 3550 §A.1), or when
  // the one before has been silent for so long.
  static constexpr size_t kStrangersInARow = 5;
  static constexpr std::chrono::seconds kSilence{1};

  RecordMedia(const std::vector<AnnouncedTrack>& tracks, std::chrono::nanoseconds patience,
              uint32_t own_ssrc, Monotonic now);

  // --- Handlers. `track` is that of the announcement. Why something was dropped is said.
  Parsed<void> handle_rtp(size_t track, ByteSpan packet, Monotonic now);
  Parsed<void> handle_rtcp(size_t track, ByteSpan compound, Monotonic now);
  void handle_timeout(Monotonic now);

  // --- Polls.
  std::optional<FeedItem> poll_feed();
  struct Report {
    size_t track = 0;
    Bytes compound;
  };
  std::optional<Report> poll_rtcp();

  // --- Getters.
  Monotonic next_timeout() const;
  RecordCounters counters() const;

 private:
  struct Track {
    AnnouncedTrack announced;
    std::optional<uint32_t> ssrc;
    Monotonic heard_at;
    uint32_t stranger = 0;  // another SSRC, and its packets in a row
    size_t of_stranger = 0;
    Reception reception{90'000};
  };
  static bool believes(Track& track, uint32_t ssrc, Monotonic now);
  void begin(Track& track, uint32_t ssrc);
  void take_pictures(Monotonic now);
  void take_picture(VideoReceiver::Frame frame, Monotonic now);
  void take_sound(Monotonic now);
  void give_sound(Flicks time, Bytes data, Monotonic now);
  void report(Monotonic now);

  std::vector<Track> tracks_;
  RepairOptions repair_;
  uint32_t own_ssrc_;
  RtpFeedClock clock_;
  std::optional<VideoReceiver> video_;
  RepairBuffer audio_;
  std::optional<Mpeg4Audio> aac_;
  Flicks aac_frame_{0};           // how long one lasts
  DecodingTimes decoding_times_;  // of H.264 and H.265
  H264Units h264_;
  Bytes parameter_sets_;  // of H.265, for keyframes that have none
  bool picture_track_told_ = false;
  bool sound_track_told_ = false;
  std::vector<FeedItem> released_;
  std::deque<FeedItem> items_;
  std::deque<Report> reports_;
  Monotonic report_due_;
  RecordCounters before_;  // of streams that were replaced; and all bytes
  uint64_t unreadable_ = 0;
};

}  // namespace longmen::rtsp
