// What a viewer that decrypts everything makes of its media: video through the jitter buffer, sound
// counted by its numbers, reports and feedback about both, latency of keyframes from
// abs-capture-time. Sans-IO: opened packets in, plain RTCP out. It does not know keys or sockets.
// Bounds: those of VideoReceiver and ArrivalFeedback. One thread.
#pragma once

#include <optional>
#include <vector>

#include "core/rtp/arrival_feedback.h"
#include "core/rtp/header.h"
#include "core/rtp/reception.h"
#include "core/rtp/video_receiver.h"
#include "core/sdp/answer_reader.h"
#include "load/progress.h"

namespace longmen {

class FullPlayback {
 public:
  static constexpr std::chrono::milliseconds kFeedbackInterval{100};

  FullPlayback(const sdp::WhepAnswer& answer, uint32_t own_ssrc);

  // An opened packet, and both clocks at its arrival.
  Parsed<void> handle_rtp(ByteSpan packet, Monotonic now, std::chrono::nanoseconds wall_clock);
  void handle_rtcp(ByteSpan compound, Monotonic now);
  // NACK and PLI that are due, as one compound packet; empty: none.
  Bytes handle_timeout(Monotonic now);
  // Report blocks of what was received.
  void write_report(Bytes& out, Monotonic now);
  // Appends transport-wide feedback about what came since the last; false: there is nothing to say.
  bool write_feedback(Bytes& out);

  std::optional<Monotonic> next_timeout() const { return video_.next_timeout(); }
  bool has_keyframe() const { return video_.counters().keyframes > 0; }
  bool has_sound() const { return audio_reception_.begun(); }
  Progress progress(Monotonic now) const;
  VideoCounters video() const { return video_.counters(); }
  // Milliseconds from abs-capture-time to the whole keyframe, of all but the first, which came from
  // a cache; at most kMaxLatencies.
  const std::vector<double>& latencies_ms() const { return latencies_ms_; }
  static constexpr size_t kMaxLatencies = 4096;

 private:
  Parsed<void> handle_video(const RtpPacketView& packet, bool repeat, Monotonic now,
                            std::chrono::nanoseconds wall_clock);

  uint32_t own_ssrc_;
  RtpExtensionIds extensions_;
  uint8_t video_type_ = 0;
  uint8_t repeat_type_ = 0;
  uint8_t audio_type_ = 0;
  bool has_video_ = false;
  bool nack_ = false;
  uint32_t video_ssrc_ = 0;
  uint32_t audio_ssrc_ = 0;
  VideoReceiver video_;
  Reception video_reception_{90'000};
  Reception audio_reception_{48'000};
  TimestampUnwrapper audio_timestamp_;
  Progress progress_;
  std::vector<double> latencies_ms_;
  ArrivalFeedback arrivals_;
};

}  // namespace longmen
