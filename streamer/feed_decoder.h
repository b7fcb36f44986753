// Decodes one track of a feed: H.264, H.265, MPEG-2, VP8, VP9 or AV1 into I420 pictures of the
// channel's top size (letterboxed, square pixels, BT.709), AAC, MPEG audio or AC-3 into 48 kHz. As
// fast as it can: times are carried through, not waited for. They stay the feed's own: resampling
// keeps exact distances there, and only what comes out is put on the media clock. A decoder that
// has failed, or meets times too far from where it began, says so and is replaced by a new one.
// What damage has left in an H.264 decoder, parameter sets that nobody sent, ends with the next
// keyframe: the track's own go before each. It knows no link, clock or slot. Bounds:
// kMaxQueuedBytes, kMaxQueuedUnits wait to be decoded. Threads: push() and the destructor from one;
// OnDecoded on the decoder's own.
//
// The H.264 decoder works with one thread, or by slices: frame threads would each add a frame of
// delay. It hands pictures over as soon as the stream's own reordering allows
// (std-compliance=normal: a stream that does not say how far it reorders is not taken at its
// worst).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/feed/feed_unit.h"
#include "streamer/pipeline.h"

namespace longmen {

class FeedDecoder {
 public:
  static constexpr uint64_t kMaxQueuedBytes = 64 << 20;
  static constexpr uint64_t kMaxQueuedUnits = 2048;
  // The sample is the callee's to reference; its caps say how many channels sound has. The time is
  // of its first sample or its picture.
  using OnDecoded = std::function<void(GstSample*, Flicks feed_time)>;

  struct Size {
    int width = 0;
    int height = 0;
  };
  // `size` is for video. Fails when the configuration is none that can be decoded.
  static Result<std::unique_ptr<FeedDecoder>> start(const FeedTrack& track, Size size,
                                                    OnDecoded on_decoded);
  ~FeedDecoder();
  FeedDecoder(const FeedDecoder&) = delete;
  FeedDecoder& operator=(const FeedDecoder&) = delete;

  enum class Taken { kYes, kFull, kFailed };
  // kFull: not taken, the decoder is behind. kFailed: make a new one, from a keyframe on.
  Taken push(const FeedUnit& unit, bool discontinuity);

  // How much feed time waits to be decoded.
  std::chrono::nanoseconds backlog() const;
  bool failed() const { return pipeline_->failed(); }
  uint64_t decoded() const { return decoded_; }  // pictures, or buffers of sound, so far
  // Grows when something was damaged so that it could not be decoded, or not as it was meant.
  uint64_t complaints() const { return pipeline_->complaints(); }
  std::string error() const { return pipeline_->error(); }

 private:
  FeedDecoder(const FeedTrack& track, OnDecoded on_decoded, std::unique_ptr<Pipeline> pipeline);
  std::optional<GstClockTime> stream_time(Flicks feed_time) const;

  OnDecoded on_decoded_;
  Bytes before_keyframes_;
  std::atomic<uint64_t> decoded_ = 0;
  Flicks origin_{0};  // feed time of stream time kOriginNs; fixed by the first unit
  bool have_origin_ = false;
  std::unique_ptr<Pipeline> pipeline_;  // last: its thread uses the rest
};

}  // namespace longmen
