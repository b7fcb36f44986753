// The jitter buffer of a viewer that checks everything: puts packets in order, says which to ask
// for again, and decides of each frame whether it is whole (every packet from the one after the
// last frame's marker up to its own, a NAL structure that ends) and could be decoded (nothing it
// follows from is missing). It decodes no picture and knows neither SRTP nor sockets. Bounds:
// kMaxHeldPackets; past it, and after kMaxRequests, what is missing is given up. One thread.
// Source: RFC 6184, RFC 4585 §6.2.1 (NACK), RFC 4588 (RTX).
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/rtp/header.h"
#include "core/rtp/ntp_time.h"
#include "core/time/media_time.h"
#include "core/time/unwrapper.h"

namespace longmen {

struct VideoCounters {
  uint64_t packets = 0;  // without duplicates
  uint64_t duplicates = 0;
  uint64_t repaired = 0;  // came by RTX
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
  static constexpr size_t kMaxHeldPackets = 2048;
  static constexpr std::chrono::milliseconds kFirstRequest{20};  // after the gap was seen
  static constexpr std::chrono::milliseconds kRequestInterval{80};
  static constexpr int kMaxRequests = 6;
  static constexpr std::chrono::milliseconds kPictureLossInterval{1000};

  struct Frame {
    bool keyframe = false;
    uint32_t timestamp = 0;
    std::optional<NtpTime> capture_time;  // of the first packet that said so
  };

  // A packet of the stream, or what an RTX packet held: `sequence` is the original one. Frames that
  // it completed are in frames() until the next call.
  void push(uint16_t sequence, const RtpHeader& header, ByteSpan payload,
            std::optional<NtpTime> capture_time, bool repeat, Monotonic now);
  // Asks for what is due and gives up what was asked for too often.
  std::vector<uint16_t> handle_timeout(Monotonic now);
  // Whether a keyframe is to be asked for now.
  bool wants_keyframe(Monotonic now);

  std::optional<Monotonic> next_timeout() const;
  const std::vector<Frame>& frames() const { return completed_; }
  const VideoCounters& counters() const { return counters_; }
  // Of the newest whole frame, unwrapped from the first.
  std::optional<int64_t> media_time_90khz() const { return timestamp_.last(); }
  std::optional<Monotonic> last_frame() const { return last_frame_; }  // when it was whole

 private:
  struct Packet {
    uint32_t timestamp = 0;
    bool marker = false;
    std::optional<NtpTime> capture_time;
    Bytes payload;
  };
  struct Missing {
    Monotonic next_request;
    int requests = 0;
  };

  void assemble(Monotonic now);
  void finish_frame(int64_t end, bool whole, Monotonic now);
  void note_frame(const Frame& frame, Monotonic now);

  std::map<int64_t, Packet> held_;
  std::map<int64_t, Missing> missing_;
  std::optional<int64_t> highest_;
  int64_t first_ = 0;
  int64_t next_ = 0;  // of the frame that is put together
  bool waits_for_keyframe_ = true;
  std::optional<Monotonic> waits_since_;
  std::optional<Monotonic> last_frame_;
  TimestampUnwrapper timestamp_;
  std::vector<Frame> completed_;
  VideoCounters counters_;
};

}  // namespace longmen
