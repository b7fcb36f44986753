// The channel's programme while its streamer lives: on a thread of its own it asks the retimers
// what each slot of the grid shows and what each sample sounds like, and hands that to the
// encoders; the slate and silence where the feed has nothing, in the same pipeline. Slots are
// strictly consecutive. When the encoders are behind, whole slots are left out before them, and
// counted. Which of the channel's two inputs it shows is chosen slot by slot (input_desk.h): what
// comes out goes on whatever is switched. It knows decoded pictures and sound with their media
// time, and no link, feed protocol or decoder.
//
// Its sign of life stops when its thread hangs or a picture stays in the encoders for kHungAfter.
// Bounds: kMaxPicturesWaiting, kMaxSoundsWaiting; the oldest make room. Threads: everything public
// may be called from any thread; hooks are called from the programme's or the encoders' threads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/captions/caption_queue.h"
#include "core/feed/frame_retimer.h"
#include "core/feed/sample_retimer.h"
#include "core/node/channel.h"
#include "core/time/air_clock.h"
#include "core/time/gop.h"
#include "streamer/input_desk.h"
#include "streamer/overlay_stage.h"
#include "streamer/programme_encoder.h"
#include "streamer/programme_sound.h"
#include "streamer/sample_stretch.h"
#include "streamer/slate_playback.h"

namespace longmen {

// What is on air of the programme, and what its inputs are like.
struct ProgrammeState {
  Shown shown = Shown::kSlate;
  std::string why;  // InputSwitch::why of the last switch; empty: there was none yet
  MediaTime since;
  std::optional<ChannelInput> order;
  OfInputs<InputDesk::Input> inputs;
  std::optional<BackupLater> backup_is_later;
  std::vector<SoundState> sounds;  // of each of the channel's; once a second
};

class Programme {
 public:
  static constexpr size_t kMaxPicturesWaiting = 16;
  static constexpr size_t kMaxSoundsWaiting = 256;
  static constexpr std::chrono::milliseconds kHungAfter{500};
  // Slots begin with the first picture, so that a restart needs no slate, or after this.
  static constexpr std::chrono::milliseconds kFirstPictureWithin{700};
  static constexpr std::chrono::seconds kForcedKeyframeEvery{1};

  struct Hooks {
    ProgrammeEncoder::Outputs outputs;
    std::function<void()> alive;                     // at least every 100 ms
    std::function<void(const std::string&)> failed;  // once; nothing more comes after it
    std::function<void(const SwitchReport&)> switched = nullptr;
  };

  // Begins as soon as `clock` is set: its times are those at which what it makes is on air.
  // References outlive this.
  Programme(Channel channel, uint16_t node_tag, const AirClock& clock, StreamerMetrics& metrics,
            Hooks hooks);
  ~Programme();
  Programme(const Programme&) = delete;
  Programme& operator=(const Programme&) = delete;

  // Of each input. I420 of the top rung's size, in display order.
  void picture(ChannelInput input, BufferPtr picture, MediaTime time, Flicks feed_time);
  // Left and right interleaved, 48 kHz; `time` is the first sample's. `downmixed`: of more
  // channels.
  void sound(ChannelInput input, std::vector<float> samples, MediaTime time, bool downmixed);
  // Times that follow are mapped anew (FeedClockEvent).
  void feed_stepped(ChannelInput input);
  void feed_has(ChannelInput input, bool video);
  void feed_errors(ChannelInput input, uint32_t count);
  void feed_ended(ChannelInput input);
  // What is shown and heard where the inputs have nothing; until then, and without, the card.
  void set_slate(std::unique_ptr<SlatePlayback> slate);
  // In force from the next slot on.
  void set_failover(const FailoverRules& rules, std::optional<ChannelInput> order);
  // Of an input, whether it comes from files. Of pictures from now on.
  void feed_recorded(ChannelInput input, bool recorded) { recorded_[input] = recorded; }
  // Laid over the pictures of both from the next slot on, never over the slate.
  void set_overlay(std::shared_ptr<const OverlayArt> art);
  // In force at once, without a gap; as many sounds as there were. `session`: the one that is live,
  // or empty.
  void set_sound(const SoundRules& rules, const std::string& session);
  // In the next slot, wherever in a GOP that is; at most once in kForcedKeyframeEvery.
  void request_keyframe();

  ProgrammeState state() const;

 private:
  struct WaitingSound {
    InputHistory::Sound sound;
    float peak = 0;
    bool downmixed = false;
  };
  // What has come of one input, in the order in which it is to be looked at.
  struct InboxOfInput {
    bool ended = false;
    bool stepped = false;
    bool has_video = false, has_audio = false;
    uint32_t errors = 0;
    std::deque<InputHistory::Picture> pictures;
    std::deque<WaitingSound> sounds;

    bool anything() const {
      return !pictures.empty() || !sounds.empty() || ended || stepped || has_video || has_audio;
    }
  };
  struct Inbox {
    OfInputs<InboxOfInput> inputs;
    bool keyframe_asked = false;
    bool reordered = false;  // rules or order
    bool sound_set = false;  // its rules or the session
    bool stop = false;

    bool anything() const {
      return inputs[ChannelInput::kPrimary].anything() ||
             inputs[ChannelInput::kBackup].anything() || keyframe_asked || reordered || sound_set ||
             stop;
    }
  };
  struct KnownPicture {
    FrameToken token;
    BufferPtr picture;
    ChannelInput input;
    Flicks source_time;
    bool captions_taken = false;
  };

  void run();
  Result<void> begin();
  void make_slate_picture();
  GstBuffer* slate_picture(SlotIndex slot);
  bool wait_until(Monotonic time);  // false: to stop
  void take_inbox();
  void take_input(ChannelInput input, InboxOfInput& inbox, Monotonic now);
  void choose_input(Monotonic now, MediaTime media_now);
  void push_chosen(MediaTime now);
  void show_state(MediaTime now, const SwitchReport* report);
  void put_out_slots();
  void put_out(const FrameSlot& slot, Monotonic now);
  GstBuffer* laid_over(const KnownPicture& known);
  void take_captions(FrameToken until);
  void wipe_captions();
  void put_out_sound(const SamplePlacement& placement, std::vector<float>& samples);
  // Of nobody: the slate's own.
  void encode_sound(std::optional<ChannelInput> source, SampleIndex first,
                    std::span<const float> samples);
  bool has_languages() const { return sounds_.size() > 1; }
  std::span<const float> heard_in(size_t sound, std::span<const float> samples);
  void take_session(const std::string& session);
  void join_smoothly(std::span<float> samples, bool cut);
  bool healthy() const;
  std::string trouble() const;
  MediaTime media_now() const;
  Monotonic next_wake() const;

  const Channel channel_;
  const uint16_t node_tag_;
  const AirClock clock_;
  StreamerMetrics& metrics_;
  Hooks hooks_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Inbox inbox_;
  FailoverRules rules_;
  std::optional<ChannelInput> order_;
  std::optional<std::shared_ptr<const OverlayArt>> new_art_;
  // To be taken; then the one before, which ends on the thread of whoever sets the next.
  std::unique_ptr<SlatePlayback> next_slate_;
  bool slate_waits_ = false;
  SoundRules sound_rules_;
  std::string session_;
  ProgrammeState state_;
  OfInputs<std::atomic<bool>> recorded_{};

  // The programme thread's own.
  Inbox taken_;
  InputDesk desk_;
  std::vector<ProgrammeSound> sounds_;  // the channel's; of two languages, left and right
  std::vector<float> side_;             // scratch
  std::string session_on_air_;
  Monotonic state_due_, sound_state_due_;
  GopGrid gops_;
  std::unique_ptr<FrameRetimer> frames_;
  std::unique_ptr<SampleRetimer> samples_;
  std::deque<KnownPicture> known_;
  FrameToken next_token_ = 1;
  BufferPtr slate_;                          // the card
  std::unique_ptr<SlatePlayback> playback_;  // instead of it
  OverlayStage overlay_;
  captions::CaptionQueue captions_;
  std::optional<ChannelInput> captions_of_;  // whose they are
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
