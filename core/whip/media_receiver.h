// What a server makes of the media that one sender sends it by WebRTC: H.264, VP8 or VP9, and Opus,
// put in order and mended (core/rtp/video_receiver.h), on one feed time
// (core/feed/rtp_feed_clock.h), given on evenly (core/feed/playout_buffer.h) as tracks and units of
// a feed; and what the sender must be told for it: NACK, PLI, reports, and transport-cc feedback by
// which it adapts. Sans-IO: opened RTP and RTCP in, plain RTCP out. It knows neither ICE, DTLS,
// keys nor sockets. Bounds: those of its parts; two SSRCs are listened to, the newest of each kind.
// One thread. Order: one handler, then poll_feed() and poll_rtcp() until they give nothing, then
// wait for next_timeout(). Source: RFC 3550, RFC 4585, RFC 4588, RFC 3611 (round trip), RFC 6184,
// RFC 7741, RFC 9628, RFC 7587.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/feed/h264_units.h"
#include "core/feed/playout_buffer.h"
#include "core/feed/rtp_feed_clock.h"
#include "core/node/join.h"
#include "core/rtp/arrival_feedback.h"
#include "core/rtp/reception.h"
#include "core/rtp/video_receiver.h"

namespace longmen::whip {

struct MediaOptions {
  std::optional<JoinMedia> video;
  std::optional<JoinMedia> audio;
  uint32_t own_ssrc = 1;  // of our RTCP
  std::string cname;
  std::chrono::nanoseconds most_delay = std::chrono::milliseconds(500);  // that repair may cost
};

struct MediaCounters {
  uint64_t bytes = 0;  // of RTP
  uint64_t packets = 0;
  uint64_t missed = 0;    // were not there in their turn
  uint64_t repaired = 0;  // came when they were sent again
  uint64_t lost = 0;      // given up
  uint64_t frames = 0;    // whole and decodable
  uint64_t broken = 0;
  uint64_t undecodable = 0;  // behind a broken one, or without parameter sets so far
};

class MediaReceiver {
 public:
  static constexpr std::chrono::milliseconds kFeedbackEvery{50};
  static constexpr size_t kFeedbackPackets = 200;  // then at once
  static constexpr std::chrono::seconds kReportEvery{1};
  // A browser sends a keyframe when it is asked and never else: so much of a feed has to be decoded
  // again, at most, when its decoder begins anew.
  static constexpr std::chrono::seconds kKeyframeEvery{10};

  MediaReceiver(MediaOptions options, Monotonic now);

  // --- Handlers. Why something was dropped is said.
  Parsed<void> handle_rtp(ByteSpan packet, Monotonic now);
  Parsed<void> handle_rtcp(ByteSpan compound, Monotonic now);
  void handle_timeout(Monotonic now);

  // --- Mutator.
  void request_keyframe() { keyframe_wanted_ = true; }

  // --- Polls.
  std::optional<FeedItem> poll_feed(Monotonic now);
  std::optional<Bytes> poll_rtcp();  // a compound packet

  // --- Getters.
  Monotonic next_timeout() const;
  bool said_goodbye() const;       // of all that it sent
  MediaCounters counters() const;  // since the beginning
  std::optional<std::chrono::nanoseconds> round_trip() const { return round_trip_; }
  std::chrono::nanoseconds delay() const { return playout_.delay(); }

 private:
  struct Stream {
    std::optional<uint32_t> ssrc;
    bool goodbye = false;
  };
  Parsed<void> handle_video(const RtpPacketView& packet, Monotonic now);
  Parsed<void> handle_repeat(const RtpPacketView& packet, Monotonic now);
  Parsed<void> handle_audio(const RtpPacketView& packet, Monotonic now);
  Stream* stream_of(uint32_t ssrc);
  void handle_report(const rtcp::SenderReport& report, Monotonic now);
  void handle_delay(const rtcp::ReferenceDelay& delay, Monotonic now);
  void begin_video(uint32_t ssrc);
  void begin_audio(uint32_t ssrc);
  void take_frames(Monotonic now);
  void take_sound(Monotonic now);
  void ask(Monotonic now);
  Bytes& begin_compound();
  void report(Monotonic now);
  void send_feedback(Monotonic now);
  void release(PlayoutBuffer::Unit unit);
  void release_whole(RtpVideo codec, PlayoutBuffer::Unit unit);

  MediaOptions options_;
  RtpExtensionIds extensions_;
  Stream video_stream_, audio_stream_;
  VideoReceiver video_;
  RepairBuffer audio_;
  Reception video_reception_{90'000}, audio_reception_{48'000};
  ArrivalFeedback arrivals_;
  size_t arrivals_untold_ = 0;
  RtpFeedClock clock_;
  PlayoutBuffer playout_;
  H264Units units_;
  bool picture_track_told_ = false;  // of what H264Units does not tell
  bool sound_track_told_ = false;
  std::vector<FeedItem> released_;
  std::deque<FeedItem> items_;
  std::deque<Bytes> rtcp_;
  bool keyframe_wanted_ = false;
  Monotonic keyframe_due_;
  Monotonic feedback_due_, report_due_;
  std::optional<std::chrono::nanoseconds> round_trip_;
  MediaCounters before_;  // of streams that were replaced; and all bytes
};

}  // namespace longmen::whip
