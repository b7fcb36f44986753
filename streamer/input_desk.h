// The two inputs of a programme, as far as they are pictures and sound: it watches both, chooses by
// core/failover which one is shown, keeps what a switch goes on from, lines up inputs that have a
// common time, and measures each switch in slots, by that or by a sound that both carry. It puts
// nothing out itself: its owner polls it for the chosen input's pictures and sounds, tells it what
// was shown, and tells the retimers to forget when decide() says so. It costs a look at ten
// pictures a second of each input that there is. Bounds: InputHistory's, and one switch that is
// being measured. Thread: the programme's.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "core/failover/common_sound.h"
#include "core/failover/common_time.h"
#include "core/failover/input_choice.h"
#include "core/failover/source_time.h"
#include "core/time/frame_grid.h"
#include "streamer/i420.h"
#include "streamer/input_history.h"

namespace longmen {

// What two inputs have in common, by which one is known to come later than the other.
enum class InCommon : uint8_t { kTime, kSound };
std::string_view name_of(InCommon common);  // "time", "sound"

struct BackupLater {
  Flicks by{0};  // negative: the primary is later
  InCommon what{};
};

// A switch, as it was seen: told when the new picture is there.
struct SwitchReport {
  InputSwitch what;
  MediaTime at;
  // Slots in which the last picture of the one stood still before the first of the other.
  std::optional<int64_t> stood_slots;
  // By how many slots the picture is another one than the input that was left would have shown;
  // lost when positive, repeated when negative. To the frame by a common time, to some 20 ms by
  // sound.
  std::optional<int64_t> jump_slots;
  InCommon jump_by{};
};

class InputDesk {
 public:
  // As good as no jump: not worth a hold of what is on air.
  static constexpr int64_t kBearableJump = 3;
  static constexpr Flicks kHoldStep = std::chrono::milliseconds(50);
  static constexpr std::chrono::seconds kMeasuredWithin{2};

  struct Input {
    ConditionSet conditions;
    float peak = 0;  // of its sound, falling slowly
    Flicks hold{0};
    uint64_t errors = 0;  // since its feed came
  };

  InputDesk(FrameGrid grid, I420Layout layout, const FailoverRules& rules);

  // --- Handlers.
  void set_rules(const FailoverRules& rules);
  void set_order(std::optional<ChannelInput> order) { choice_.set_order(order); }
  void has_track(ChannelInput input, bool video, Monotonic now);
  void end(ChannelInput input);
  void stepped(ChannelInput input);
  void errors(ChannelInput input, uint32_t count, Monotonic now);
  void picture(ChannelInput input, InputHistory::Picture picture, Monotonic now);
  void sound(ChannelInput input, InputHistory::Sound sound, float peak, Monotonic now);
  // True: what is polled from now on is another input's, or put off by another time.
  bool decide(Monotonic now, MediaTime media_now);
  // A picture of `input`, as it was polled, is new in that slot.
  void shown(SlotIndex slot, ChannelInput input, Flicks source_time);

  // --- Polls.
  std::optional<InputHistory::Picture> poll_picture(MediaTime now) {
    return histories_[choice_.input()].poll_picture(now);
  }
  std::optional<InputHistory::Sound> poll_sound(MediaTime now) {
    return histories_[choice_.input()].poll_sound(now);
  }
  std::optional<SwitchReport> poll_report();

  // --- Getters.
  ChannelInput input() const { return choice_.input(); }
  // The slate's picture instead of the input's, though it has one.
  bool hides_picture() const;
  Shown shown() const { return choice_.shown(); }
  std::optional<MediaTime> next_release() const {
    return histories_[choice_.input()].next_release();
  }
  const Input& state_of(ChannelInput input) const { return states_[input]; }
  std::optional<BackupLater> backup_is_later() const;

 private:
  struct LastNew {
    SlotIndex slot = 0;
    ChannelInput input{};
    Flicks source_time{0};
    bool common = false;
    // By sound.
    std::optional<Flicks> backup_later;
    Flicks hold{0};
  };
  struct Measuring {
    SwitchReport report;
    Monotonic until;
  };
  bool line_up();
  void measure(const InputSwitch& what, Monotonic now, MediaTime media_now);
  void measure_jump(SwitchReport& report, SlotIndex slot, Flicks source_time) const;

  FrameGrid grid_;
  I420Layout layout_;
  FailoverRules rules_;
  OfInputs<InputWatch> watches_;
  OfInputs<SourceTime> sources_;
  OfInputs<InputHistory> histories_;
  OfInputs<Input> states_;
  InputChoice choice_;
  CommonTime common_;
  CommonSound common_sound_;
  std::optional<LastNew> last_new_;
  std::optional<Measuring> measuring_;
  std::deque<SwitchReport> reports_;
};

}  // namespace longmen
