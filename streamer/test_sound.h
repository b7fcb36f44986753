// The sound of the test programme: a quiet pad of two slowly alternating chords, and a beep of
// 1 kHz for 100 ms at every epoch second. Each sample depends on its position on the epoch's grid
// of 48 kHz alone, so any stretch may be asked for at any time. Stereo, interleaved, -1..1.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace longmen {

class TestSound {
 public:
  static constexpr int kRate = 48'000;
  static constexpr int kBeepMs = 100;

  TestSound();

  // `out` holds frames of left and right; `first` is the grid index of its first frame, >= 0.
  void fill(int64_t first, std::span<float> out) const;

 private:
  // One second of each chord; every partial has a whole number of periods in it.
  std::vector<float> chords_[2][2];  // [chord][left, right]
  std::vector<float> beep_;
};

}  // namespace longmen
