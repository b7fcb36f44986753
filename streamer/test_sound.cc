#include "streamer/test_sound.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace longmen {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr int kBeepHz = 1000;
constexpr float kBeepLevel = 0.22F;
constexpr int kRampSamples = 96;  // 2 ms: no click, and an onset that can be measured
constexpr float kPartialLevel = 0.014F;
constexpr int64_t kChordPeriod = int64_t{16} * TestSound::kRate;

// Whole hertz, so that a second is a period: D major with the ninth, then B minor's seventh.
constexpr int kChordHz[2][5] = {{147, 220, 294, 370, 660}, {123, 185, 247, 294, 440}};

}  // namespace

TestSound::TestSound() {
  for (int chord = 0; chord < 2; ++chord) {
    for (int side = 0; side < 2; ++side) {
      auto& samples = chords_[chord][side];
      samples.assign(kRate, 0);
      int partial = 0;
      for (int hertz : kChordHz[chord]) {
        const double phase = 0.7 * partial++ + 0.9 * side;
        // A detuned twin one hertz above beats slowly and still repeats each second.
        for (int i = 0; i < kRate; ++i) {
          const double at = kTurn * i / kRate;
          samples[static_cast<size_t>(i)] +=
              kPartialLevel * static_cast<float>(std::sin(at * hertz + phase) +
                                                 0.5 * std::sin(at * (hertz + 1) - phase));
        }
      }
    }
  }
  const int length = kRate * kBeepMs / 1000;
  for (int i = 0; i < length; ++i) {
    const int from_edge = std::min(i, length - 1 - i);
    const float ramp = std::min(1.0F, static_cast<float>(from_edge) / kRampSamples);
    beep_.push_back(kBeepLevel * ramp * static_cast<float>(std::sin(kTurn * kBeepHz * i / kRate)));
  }
}

void TestSound::fill(int64_t first, std::span<float> out) const {
  for (size_t frame = 0; frame < out.size() / 2; ++frame) {
    const int64_t position = first + static_cast<int64_t>(frame);
    const auto in_second = static_cast<size_t>(position % kRate);
    const double turn = static_cast<double>(position % kChordPeriod) / kChordPeriod;
    const auto second_chord = static_cast<float>(0.5 - 0.5 * std::cos(kTurn * turn));
    const float beep = in_second < beep_.size() ? beep_[in_second] : 0;
    for (size_t side = 0; side < 2; ++side) {
      out[2 * frame + side] = beep + chords_[0][side][in_second] * (1 - second_chord) +
                              chords_[1][side][in_second] * second_chord;
    }
  }
}

}  // namespace longmen
