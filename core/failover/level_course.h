// How loud a sound has been, in steps of 10 ms of media time: what is left of a sound whatever
// encoder, level and bit rate it came by. A hole is as loud as what was before it. Bounds: the last
// kKept steps. Thread: its owner's.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/time/media_time.h"

namespace longmen {

using LevelStep = int64_t;  // since the epoch

class LevelCourse {
 public:
  static constexpr Flicks kStep = std::chrono::milliseconds(10);
  static constexpr int kKept = 1024;
  // Tenths of a decibel above -60 dBFS: 0 for what is below, at most 600, full scale.
  using Level = int16_t;

  // Stereo, interleaved, 48 kHz, that begins at `time`: in order, or it begins anew.
  void push(MediaTime time, std::span<const float> samples);

  // --- Getters. What is known: [first, end), kKept steps at most.
  LevelStep first() const { return first_; }
  LevelStep end() const { return end_; }
  Level at(LevelStep step) const { return levels_[static_cast<size_t>(step) % kKept]; }

 private:
  void go_to(LevelStep step);
  void add(Level level);

  LevelStep first_ = 0, end_ = 0;
  std::array<Level, kKept> levels_{};
  double energy_ = 0;  // of step end_, as far as it has come
};

}  // namespace longmen
