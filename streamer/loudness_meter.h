// Measures how loud stereo sound of 48 kHz is, by ITU-R BS.1770 and EBU R 128, with libebur128:
// momentary (400 ms), short-term (3 s), integrated with its gates, loudness range, true peak. It
// counts in histograms, so that it may go on for years. Bounds: constant memory. Thread: its
// owner's.
#pragma once

#include <ebur128.h>

#include <memory>
#include <optional>
#include <span>

namespace longmen {

class LoudnessMeter {
 public:
  // What is softer is silence, and there is no figure for it.
  static constexpr double kSilenceLufs = -70;

  // kMoment: momentary and short-term alone, which costs a fraction.
  enum class Of { kMoment, kProgramme };
  explicit LoudnessMeter(Of of);

  // Left and right interleaved.
  void add(std::span<const float> samples);
  void begin_anew();

  std::optional<double> momentary_lufs() const;
  std::optional<double> short_term_lufs() const;
  // Of kProgramme, since it began.
  std::optional<double> integrated_lufs() const;
  std::optional<double> range_lu() const;
  std::optional<double> true_peak_dbtp() const;

 private:
  struct End {
    void operator()(ebur128_state* state) const { ebur128_destroy(&state); }
  };
  std::optional<double> figure(int (*read)(ebur128_state*, double*)) const;

  Of of_;
  std::unique_ptr<ebur128_state, End> state_;
};

}  // namespace longmen
