// What a receiver makes of one stream of pictures: puts its packets in order and has what is lost
// sent again (core/rtp/repair_buffer.h), and decides of each frame whether it is whole (every
// packet from the one after the last frame up to its own last one, a structure that ends) and could
// be decoded (nothing it follows from is missing), and when only a keyframe helps. It decodes no
// picture and knows neither SRTP nor sockets. Bounds: those of RepairBuffer, kMaxMediaUnitBytes a
// frame. One thread.
// Source: RFC 4585 §6.3.1 (PLI).
#pragma once

#include <optional>
#include <vector>

#include "core/rtp/frame_assembler.h"
#include "core/rtp/repair_buffer.h"
#include "core/time/unwrapper.h"

namespace longmen {

struct VideoReceiverOptions {
  RtpVideo codec = RtpVideo::kH264;
  RepairOptions repair;
  // From the first packet, or from the picture that was lost, to the first request for a keyframe.
  std::chrono::nanoseconds first_picture_within = std::chrono::seconds(1);
  std::chrono::nanoseconds picture_loss_after = std::chrono::seconds(1);
  std::chrono::nanoseconds picture_loss_interval = std::chrono::seconds(1);
};

struct VideoCounters {
  uint64_t packets = 0;  // without duplicates
  uint64_t duplicates = 0;
  uint64_t repaired = 0;  // came when they were sent again
  uint64_t lost = 0;      // given up
  uint64_t frames = 0;    // whole and decodable
  uint64_t keyframes = 0;
  uint64_t broken = 0;       // something was missing
  uint64_t undecodable = 0;  // whole, but after a broken one and before a keyframe
  uint64_t short_freezes = 0;
  uint64_t long_freezes = 0;
};

class VideoReceiver {
 public:
  // Between two frames.
  static constexpr std::chrono::milliseconds kShortFreeze{200};
  static constexpr std::chrono::milliseconds kLongFreeze{500};

  struct Frame {
    bool keyframe = false;
    uint32_t timestamp = 0;
    std::optional<NtpTime> capture_time;  // of the first packet that said so
    Bytes access_unit;                    // as FrameAssembler gives it
  };

  explicit VideoReceiver(VideoReceiverOptions options = {})
      : options_(options), repair_(options.repair), assembler_(options.codec) {}

  // As RepairBuffer::push(). Frames that it completed are in frames() until the next call.
  void push(uint16_t sequence, const RtpHeader& header, ByteSpan payload,
            std::optional<NtpTime> capture_time, bool repeat, Monotonic now);
  // What to ask for again. Frames that waited for what was given up are in frames().
  std::vector<uint16_t> handle_timeout(Monotonic now);
  // Whether a keyframe is to be asked for now; when it is yes, it counts as asked for.
  bool wants_keyframe(Monotonic now);
  void set_request_interval(std::chrono::nanoseconds interval) {
    repair_.set_request_interval(interval);
  }

  std::optional<Monotonic> next_timeout() const { return repair_.next_timeout(); }
  std::vector<Frame>& frames() { return completed_; }
  VideoCounters counters() const;
  uint64_t missed() const { return repair_.counters().missed; }
  // Of the newest whole frame, unwrapped from the first.
  std::optional<int64_t> media_time_90khz() const { return timestamp_.last(); }
  std::optional<Monotonic> last_frame() const { return last_frame_; }  // when it was whole

 private:
  void assemble(Monotonic now);
  void take(RepairBuffer::Packet packet, Monotonic now);
  void finish_frame(Monotonic now);
  void note_frame(Monotonic now);

  VideoReceiverOptions options_;
  RepairBuffer repair_;
  // The frame that is put together.
  std::optional<Frame> open_;
  FrameAssembler assembler_;
  bool whole_ = true;

  bool first_ = true;  // frame of all
  bool waits_for_keyframe_ = true;
  std::optional<Monotonic> waits_since_;
  std::optional<Monotonic> asked_;
  std::optional<Monotonic> last_frame_;
  TimestampUnwrapper timestamp_;
  std::vector<Frame> completed_;
  VideoCounters counters_;  // of frames
};

}  // namespace longmen
