// Decides whether the two inputs of a channel carry the same sound, and if so how much later it
// comes by the one than by the other: so that of a switch between inputs without a common time
// (common_time.h) it can be told how far it jumped. Two encoders of one desk, two cameras in one
// hall. It is the same sound when the courses of both levels, kCompared long, go together
// (Pearson's r is kAlike or more) at one difference and nowhere else nearly as well (a beep each
// second fits at many), twice in a row. A pause and a silenced input say nothing: what was found
// holds for kTrusted. That sound and picture of an input belong together is taken for granted.
// Cost: two comparisons a second, of half a million products. Thread: its owner's.
#pragma once

#include <optional>
#include <span>

#include "core/failover/level_course.h"
#include "core/node/channel_input.h"

namespace longmen {

class CommonSound {
 public:
  // In steps, as are the others.
  static constexpr int kCompared = 512;
  static constexpr int kMostApart = LevelCourse::kKept - kCompared;
  static constexpr int kLeastApart = 250;  // differences that are looked at before one is believed
  static constexpr int kNear = 25;         // a syllable: no other difference, but a neighbour
  static constexpr int kAgree = 2;         // of two comparisons
  static constexpr int kEvery = 50;
  static constexpr int kGone = 200;  // none came of the one, and some of the other
  static constexpr int kTrusted = 6000;
  static constexpr double kAlike = 0.8;
  static constexpr double kAhead = 0.1;
  // Of the levels, in tenths of a decibel: with less they say nothing.
  static constexpr double kLeastSpread = 30;

  // As LevelCourse::push().
  void sound(ChannelInput input, MediaTime time, std::span<const float> samples);
  // Another feed, or its time is mapped anew.
  void forget(ChannelInput input);

  // How much later the same sound comes by the backup than by the primary; negative: earlier.
  std::optional<Flicks> backup_is_later_by() const;

 private:
  std::optional<int> compare(LevelStep end) const;
  void take(int later, LevelStep now);

  OfInputs<LevelCourse> courses_;
  LevelStep compared_ = 0;
  std::optional<int> candidate_, later_;
  LevelStep found_ = 0;
};

}  // namespace longmen
