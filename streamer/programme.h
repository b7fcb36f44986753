// The channel's programme while its streamer lives: on a thread of its own it asks the retimers
// what each slot of the grid shows and what each sample sounds like, and hands that to the
// encoders; the slate and silence where the feed has nothing, in the same pipeline. Slots are
// strictly consecutive. When the encoders are behind, whole slots are left out before them, and
// counted. It knows decoded pictures and sound with their media time, and no link, feed protocol or
// decoder.
//
// Its sign of life stops when its thread hangs or a picture stays in the encoders for kHungAfter.
// Bounds: kMaxPicturesWaiting, kMaxSoundsWaiting; the oldest make room. Threads: everything public
// may be called from any thread; hooks are called from the programme's or the encoders' threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/feed/frame_retimer.h"
#include "core/feed/sample_retimer.h"
#include "core/node/channel.h"
#include "core/time/gop.h"
#include "core/time/media_clock.h"
#include "streamer/programme_encoder.h"
#include "streamer/sample_stretch.h"

namespace longmen {

class Programme {
 public:
  static constexpr size_t kMaxPicturesWaiting = FrameRetimer::kMaxPending;
  static constexpr size_t kMaxSoundsWaiting = 256;
  static constexpr std::chrono::milliseconds kHungAfter{500};
  // Slots begin with the first picture, so that a restart needs no slate, or after this.
  static constexpr std::chrono::milliseconds kFirstPictureWithin{700};
  static constexpr std::chrono::seconds kForcedKeyframeEvery{1};

  struct Hooks {
    ProgrammeEncoder::Outputs outputs;
    std::function<void()> alive;                     // at least every 100 ms
    std::function<void(const std::string&)> failed;  // once; nothing more comes after it
  };

  // Begins as soon as `clock` is set. References outlive this.
  Programme(Channel channel, uint16_t node_tag, const SharedMediaClock& clock,
            StreamerMetrics& metrics, Hooks hooks);
  ~Programme();
  Programme(const Programme&) = delete;
  Programme& operator=(const Programme&) = delete;

  // I420 of the top rung's size, in display order.
  void picture(BufferPtr picture, MediaTime time);
  // Left and right interleaved, 48 kHz; `time` is the first sample's.
  void sound(std::vector<float> samples, MediaTime time);
  // Times that follow are mapped anew (FeedClockEvent).
  void feed_stepped();
  // In the next slot, wherever in a GOP that is; at most once in kForcedKeyframeEvery.
  void request_keyframe();

 private:
  struct WaitingPicture {
    BufferPtr picture;
    MediaTime time;
  };
  struct WaitingSound {
    std::vector<float> samples;
    MediaTime time;
  };
  struct Inbox {
    std::deque<WaitingPicture> pictures;
    std::deque<WaitingSound> sounds;
    bool stepped = false;
    bool keyframe_asked = false;
    bool stop = false;

    bool anything() const {
      return !pictures.empty() || !sounds.empty() || stepped || keyframe_asked || stop;
    }
  };
  struct KnownPicture {
    FrameToken token;
    BufferPtr picture;
  };

  void run();
  Result<void> begin();
  void make_slate_picture();
  bool wait_until(Monotonic time);  // false: to stop
  void take_inbox();
  void put_out_slots();
  void put_out(const FrameSlot& slot, Monotonic now);
  void put_out_sound(const SamplePlacement& placement, std::vector<float>& samples);
  void join_smoothly(std::span<float> samples, bool cut);
  bool healthy() const;
  std::string trouble() const;
  MediaTime media_now() const;

  const Channel channel_;
  const uint16_t node_tag_;
  const SharedMediaClock& clock_;
  StreamerMetrics& metrics_;
  Hooks hooks_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Inbox inbox_;

  // The programme thread's own.
  Inbox taken_;
  GopGrid gops_;
  std::unique_ptr<FrameRetimer> frames_;
  std::unique_ptr<SampleRetimer> samples_;
  std::deque<KnownPicture> known_;
  FrameToken next_token_ = 1;
  BufferPtr slate_;
  bool idr_due_ = true;
  Monotonic forced_idr_may_come_;  // next
  SampleStretch stretch_;
  std::vector<float> stretched_;
  std::vector<float> silence_;
  std::array<float, 2> last_frame_{0, 0};
  bool after_silence_ = true;
  FrameRetimerCounts frame_counts_;
  SampleRetimerCounts sample_counts_;
  std::unique_ptr<ProgrammeEncoder> encoder_;

  std::thread thread_;
};

}  // namespace longmen
