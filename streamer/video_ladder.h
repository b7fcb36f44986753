// Encodes one picture of the channel's top size into every video rendition: a cascade of scalers
// (each rung from the one above), one x264 encoder a rung, each on a thread of its own, so that a
// picture goes through the rungs like work through a line. It knows slots, not time, and nothing of
// feeds, packets or viewers.
//
// An IDR is forced by an event that travels ahead of the picture through the whole cascade, so all
// rungs have it in the same slot. Nothing queues without a bound: offer() refuses a picture while
// too many are on their way. Bounds: kMaxInFlight pictures.
// Threads: offer() and the destructor from one; OnEncoded on the rungs' own; the rest from any.
//
// x264 is used with the High profile and no B-frames: 8x8 transform and CABAC are worth about a
// tenth of the rate; the WebRTC decoders that offer 42e01f (Chromium, FFmpeg, GStreamer) take it,
// since it is the decoder that must cope, not the offer.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/bytes.h"
#include "core/node/channel.h"
#include "core/time/frame_grid.h"
#include "streamer/pipeline.h"

namespace longmen {

struct EncodedPicture {
  size_t rung = 0;
  SlotIndex slot = 0;
  ByteSpan annex_b;  // valid during the call
  Monotonic offered;
};

// The pictures that are offered, when they are not of the top rung's size, and what may wait for
// them.
struct LadderSource {
  int width = 0, height = 0;  // 0: as the top rung
  Pipeline::Threads threads = Pipeline::Threads::kYield;
};

class VideoLadder {
 public:
  static constexpr size_t kMaxInFlight = 32;
  using OnEncoded = std::function<void(const EncodedPicture&)>;

  // The first picture will be that of `first_slot` or a later one.
  static Result<std::unique_ptr<VideoLadder>> start(const Channel& channel, SlotIndex first_slot,
                                                    OnEncoded on_encoded, LadderSource source = {});
  ~VideoLadder();
  VideoLadder(const VideoLadder&) = delete;
  VideoLadder& operator=(const VideoLadder&) = delete;

  // `picture` is I420 of the source's size, packed or with a GstVideoMeta, and is not copied.
  // Slots ascend. `captions`: cc_data_pkts that every rung is to have with it, as SEI. False: the
  // encoders are behind, the picture is not taken.
  bool offer(SlotIndex slot, GstBuffer* picture, bool idr, Monotonic now, ByteSpan captions = {});
  // For encoding ahead of time: blocks until every picture that was offered is encoded; false after
  // a failure.
  bool drain();

  size_t in_flight() const;
  // When a picture last came out of every rung, or offer() found nothing in flight.
  Monotonic last_progress() const { return Monotonic(std::chrono::nanoseconds(progress_ns_)); }
  bool failed() const { return pipeline_->failed(); }
  std::string error() const { return pipeline_->error(); }

 private:
  struct Rung {
    VideoLadder* ladder = nullptr;
    size_t index = 0;
    std::atomic<uint64_t> encoded{0};
  };

  VideoLadder(const Channel& channel, SlotIndex first_slot, OnEncoded on_encoded,
              std::unique_ptr<Pipeline> pipeline);
  size_t limit() const;
  uint64_t encoded_by_all() const;
  void on_sample(Rung& rung, GstSample* sample);

  SlotIndex first_slot_;
  int frames_per_second_;
  OnEncoded on_encoded_;
  std::vector<std::unique_ptr<Rung>> rungs_;
  uint64_t offered_ = 0;  // the offering thread's
  std::atomic<uint64_t> offered_shared_{0};
  std::array<std::atomic<int64_t>, 2 * kMaxInFlight> offered_ns_{};  // by slot, modulo
  std::atomic<int64_t> progress_ns_{0};
  std::mutex mutex_;
  std::condition_variable progressed_;
  std::unique_ptr<Pipeline> pipeline_;  // last: its threads use the rest
};

}  // namespace longmen
