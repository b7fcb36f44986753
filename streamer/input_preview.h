// The preview of one input of a channel, for the studio: what was decoded of the input, before the
// programme's choice and whatever becomes of it, as one small rung with sound. It encodes only
// while somebody wants it, on a thread of its own and at the lowest priority, and takes nothing
// from the programme but references to pictures; when it fails or is behind, the preview suffers
// alone. While the input has no picture it gives none, and the relay shows the slate.
// Bounds: kMaxPictures, kMaxSounds wait; the oldest go. Threads: everything public from any;
// outputs come on its encoders' threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "core/feed/frame_retimer.h"
#include "core/feed/sample_retimer.h"
#include "core/node/channel_input.h"
#include "core/time/gop.h"
#include "core/time/media_clock.h"
#include "streamer/gst_ptr.h"
#include "streamer/programme_encoder.h"
#include "streamer/sample_stretch.h"

namespace longmen {

class InputPreview {
 public:
  static constexpr size_t kMaxPictures = 16;
  static constexpr size_t kMaxSounds = 64;
  static constexpr std::chrono::seconds kTryAgain{3};  // after the encoders failed

  // What is encoded of it, and what comes out. References outlive this.
  InputPreview(const Channel& channel, ChannelInput input, uint16_t node_tag,
               const SharedMediaClock& clock, StreamerMetrics& metrics,
               ProgrammeEncoder::Outputs outputs);
  ~InputPreview();
  InputPreview(const InputPreview&) = delete;
  InputPreview& operator=(const InputPreview&) = delete;

  // While it is wanted there is a generation, with its announcement and keyframes.
  void want(bool wanted);

  // As a Programme's.
  void picture(GstBuffer* picture, MediaTime time);
  void sound(std::span<const float> samples, MediaTime time);
  void stepped();

 private:
  struct Picture {
    BufferPtr buffer;
    MediaTime time;
  };
  struct Sound {
    std::vector<float> samples;
    MediaTime time;
  };
  struct Inbox {
    std::deque<Picture> pictures;
    std::deque<Sound> sounds;
    bool stepped = false;
  };
  // One run of the encoders.
  struct Run {
    Run(const FrameGrid& grid, MediaTime start) : frames(grid, start), samples(start) {}
    FrameRetimer frames;
    SampleRetimer samples;
    std::deque<std::pair<FrameToken, BufferPtr>> known;
    FrameToken next_token = 1;
    bool idr_due = true;
    SampleStretch stretch;
    std::vector<float> stretched;
    std::unique_ptr<ProgrammeEncoder> encoder;
  };

  void work();
  void encode_while_wanted();
  void take(Run& run, Inbox& inbox, MediaTime now);
  void put_out(Run& run, MediaTime now);
  void put_out_sound(Run& run, const SamplePlacement& placement, std::span<const float> samples);
  bool wait_until(Monotonic time);  // false: it is not wanted any more

  const Channel channel_;  // as it is encoded
  const LadderSource source_;
  const ChannelInput input_;
  const uint16_t node_tag_;
  const SharedMediaClock& clock_;
  StreamerMetrics& metrics_;
  const ProgrammeEncoder::Outputs outputs_;
  const GopGrid gops_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Inbox inbox_;
  bool wanted_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace longmen
