// Decides what is wrong with one input of a channel, by what was decoded of it: no data, a picture
// that is black or stands still, silence, too many errors, each when it has lasted for as long as
// the channel's rules say. It knows neither the other input nor what is on air, and no pixels.
//
// An input has no data until something of it was decoded, and at once when its sender has gone.
// Pictures are asked for when it has a track of them, else sound; while its sound goes on, a
// picture may be kPictureBesideSound old (a browser sends a screen on which nothing moves once a
// second). Silence is one of an input that has a track of sound. A second with as many errors as
// the rules say, or more, is a bad one. Bounds: constant memory. Thread: its owner's; time comes in
// with each call.
#pragma once

#include <bitset>
#include <optional>

#include "core/failover/failover_rules.h"
#include "core/failover/luma_look.h"
#include "core/feed/frame_retimer.h"
#include "core/time/media_time.h"

namespace longmen {

class ConditionSet {
 public:
  static constexpr size_t kWorstGrade = kConditions.size();

  void set(Condition condition) { bits_.set(static_cast<size_t>(condition)); }
  bool has(Condition condition) const { return bits_.test(static_cast<size_t>(condition)); }
  bool none() const { return bits_.none(); }
  // How bad that is: 0 for none, else by the worst.
  size_t grade() const;
  std::optional<Condition> worst() const;
  bool operator==(const ConditionSet&) const = default;

 private:
  std::bitset<kConditions.size()> bits_;
};

class InputWatch {
 public:
  static constexpr float kSilentPeak = 0.001F;  // -60 dBFS

  explicit InputWatch(const FailoverRules& rules) : rules_(rules) {}

  // --- Handlers.
  void set_rules(const FailoverRules& rules) { rules_ = rules; }
  void has_track(bool video, Monotonic now);
  // Its sender is gone; or another one comes, of which nothing is known.
  void end() { *this = InputWatch(rules_); }
  // Decoded; `look` is null when nobody looked at this one.
  void picture(const LumaLook* look, Monotonic now);
  void sound(float peak, Monotonic now);  // of some sound that was decoded, 0..1
  void errors(uint32_t count, Monotonic now);

  // --- Polls.
  ConditionSet look(Monotonic now);

  // --- Getters.
  bool has_video() const { return has_video_; }

 private:
  bool has_no_data(Monotonic now) const;
  void count_seconds(Monotonic now);
  bool lasts(const std::optional<Monotonic>& since, Condition condition, Monotonic now) const;

  FailoverRules rules_;
  bool has_video_ = false;
  std::optional<Monotonic> last_picture_, last_sound_;
  std::optional<LumaLook> still_;         // what later pictures are held against
  std::optional<Monotonic> still_since_;  // that one came
  std::optional<Monotonic> black_since_;
  std::optional<Monotonic> quiet_since_;   // nothing louder came
  std::optional<Monotonic> second_begun_;  // in which errors are counted
  uint64_t errors_of_second_ = 0;
  std::optional<Monotonic> bad_since_;  // the first of the bad seconds up to now
};

}  // namespace longmen
