// Keeps stereo sound of 48 kHz below a ceiling of true peak: of the wave between the samples, too,
// which is estimated fourfold oversampled, as ITU-R BS.1770-5 annex 2 does, over 48 samples. It
// looks kHeldFrames ahead, so that its gain is down when a peak comes and nothing is ever cut off,
// and lets go slowly. Both sides have one gain. While nothing reaches the ceiling, samples pass to
// the bit.
//
// It holds back kHeldFrames: push() gives the frames that are ready, of which the first is the one
// that was pushed first and has not been given, and so the delay is nobody's who counts frames.
// Bounds: constant memory. Thread: its owner's.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace longmen {

class TruePeakLimiter {
 public:
  static constexpr int64_t kHeldFrames = 240;  // 5 ms

  explicit TruePeakLimiter(double ceiling_dbtp);

  // --- Handlers.
  // Left and right interleaved. What is ready is appended to `out`.
  void push(std::span<const float> samples, std::vector<float>& out);
  // All that is held is appended; what is pushed next begins anew.
  void flush(std::vector<float>& out);
  // False: nothing is limited from here on, and the gain goes back to none.
  void set_limiting(bool on) { limiting_ = on; }

  // --- Getters.
  int64_t held_frames() const { return std::min(run_.pushed, kHeldFrames); }
  // As good as no gain is on what is held.
  bool at_rest() const;
  // Frames that were given with less than their level.
  uint64_t limited_frames() const { return limited_; }
  // The smallest gain since it was last asked, 0..1.
  float take_least_gain();

 private:
  static constexpr int64_t kPhases = 4;         // per sample
  static constexpr int64_t kTaps = 48;          // of a phase
  static constexpr int64_t kReach = kTaps / 2;  // samples behind a peak that it takes to see
  static constexpr int64_t kSmooth =
      kHeldFrames - kReach + 1;          // frames in which the gain goes down
  static constexpr int64_t kRing = 512;  // a power of two, beyond all windows

  using Phase = std::array<float, kTaps>;
  static std::array<Phase, kPhases - 1> interpolators();
  size_t at(int64_t frame) const { return static_cast<size_t>(frame) % kRing; }
  void take(float left, float right);
  float peak_at(int64_t frame) const;
  float least_wanted(int64_t frame, float wanted);
  void give(int64_t frame, std::vector<float>& out);

  struct Wanted {
    int64_t frame = 0;
    float gain = 1;
  };
  // Of what was pushed since it began.
  struct Run {
    Run() { steps.fill(1); }
    int64_t pushed = 0;
    // Each twice, kRing apart: what lies around a frame is in one piece.
    std::array<float, 2 * kRing> left{}, right{};
    int64_t last_loud = -kRing;  // frame that was not softer than any peak around it can be
    // Gains that peaks want, of those that may be the least of a window, the least first.
    std::array<Wanted, kRing> wanted{};
    int64_t wanted_first = 0, wanted_end = 0;
    std::array<float, kRing> steps;  // the gain before it is smoothed
    float step = 1;
    double sum = kSmooth;  // of the last kSmooth steps; exact, as they are floats of at most 1
  };

  std::array<Phase, kPhases - 1> interpolators_;
  float ceiling_;
  float let_go_;  // a frame
  bool limiting_ = true;
  Run run_;
  uint64_t limited_ = 0;
  float least_gain_ = 1;
};

}  // namespace longmen
