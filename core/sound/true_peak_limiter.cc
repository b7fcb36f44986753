#include "core/sound/true_peak_limiter.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace longmen {
namespace {

constexpr double kLimiterRate = 48'000;
constexpr double kLetGoSeconds = 0.15;
// What the estimate may miss of a peak between two of its points.
constexpr double kMarginDb = 0.25;
constexpr float kAtRest = 0.9995F;
constexpr size_t kSums = 4;
// The wave between samples is at most so much higher than they are: the taps' magnitudes add up to
// less.
constexpr float kMostRise = 2.8F;

}  // namespace

TruePeakLimiter::TruePeakLimiter(double ceiling_dbtp)
    : interpolators_(interpolators()),
      ceiling_(static_cast<float>(std::pow(10, (ceiling_dbtp - kMarginDb) / 20))),
      let_go_(static_cast<float>(1 - std::exp(-1 / (kLetGoSeconds * kLimiterRate)))) {}

// A sinc under a raised cosine, of unity gain; tap j belongs to the sample j - kReach + 1 behind
// the one that the fraction is counted from.
std::array<TruePeakLimiter::Phase, TruePeakLimiter::kPhases - 1> TruePeakLimiter::interpolators() {
  std::array<Phase, kPhases - 1> made{};
  for (int64_t phase = 1; phase < kPhases; ++phase) {
    Phase& taps = made[static_cast<size_t>(phase - 1)];
    std::array<double, kTaps> exact{};
    double sum = 0;
    for (int64_t j = 0; j < kTaps; ++j) {
      const double t = static_cast<double>(phase) / kPhases - static_cast<double>(j - kReach + 1);
      const double angle = std::numbers::pi * t;
      const double half = std::cos(angle / (2 * kReach));
      exact[static_cast<size_t>(j)] = std::sin(angle) / angle * half * half;
      sum += exact[static_cast<size_t>(j)];
    }
    for (size_t j = 0; j < kTaps; ++j)
      taps[j] = static_cast<float>(exact[j] / sum);
  }
  return made;
}

void TruePeakLimiter::take(float left, float right) {
  for (const size_t place : {at(run_.pushed), at(run_.pushed) + kRing}) {
    run_.left[place] = left;
    run_.right[place] = right;
  }
  if (std::max(std::abs(left), std::abs(right)) * kMostRise > ceiling_)
    run_.last_loud = run_.pushed;
  ++run_.pushed;
}

// The highest of a frame and of the wave between it and the next one; 0 where none can be too high.
float TruePeakLimiter::peak_at(int64_t frame) const {
  if (run_.last_loud < frame - kReach) return 0;
  float peak = std::max(std::abs(run_.left[at(frame)]), std::abs(run_.right[at(frame)]));
  const float* const left = &run_.left[at(frame - kReach + 1 + kRing)];
  const float* const right = &run_.right[at(frame - kReach + 1 + kRing)];
  for (const Phase& taps : interpolators_) {
    // Sums side by side, which a processor adds up at once.
    std::array<float, kSums> lefts{}, rights{};
    for (size_t j = 0; j < kTaps; j += kSums) {
      for (size_t k = 0; k < kSums; ++k) {
        lefts[k] += taps[j + k] * left[j + k];
        rights[k] += taps[j + k] * right[j + k];
      }
    }
    peak = std::max({peak, std::abs(lefts[0] + lefts[1] + lefts[2] + lefts[3]),
                     std::abs(rights[0] + rights[1] + rights[2] + rights[3])});
  }
  return peak;
}

// What the frame wants that is smoothed next: the least from kReach frames before it up to `seen`.
float TruePeakLimiter::least_wanted(int64_t seen, float wanted) {
  while (run_.wanted_end > run_.wanted_first && run_.wanted[at(run_.wanted_end - 1)].gain >= wanted)
    --run_.wanted_end;
  run_.wanted[at(run_.wanted_end++)] = {seen, wanted};
  while (run_.wanted[at(run_.wanted_first)].frame <= seen - kSmooth - kReach)
    ++run_.wanted_first;
  return run_.wanted[at(run_.wanted_first)].gain;
}

void TruePeakLimiter::push(std::span<const float> samples, std::vector<float>& out) {
  for (size_t i = 0; i + 1 < samples.size(); i += 2) {
    take(samples[i], samples[i + 1]);
    const int64_t seen = run_.pushed - 1 - kReach;  // the last one whose surroundings are known
    if (seen < 0) continue;
    const float peak = limiting_ ? peak_at(seen) : 0;
    const float least = least_wanted(seen, peak > ceiling_ ? ceiling_ / peak : 1);
    const int64_t frame = seen - kSmooth + 1;
    const float let_go = run_.step + (1 - run_.step) * let_go_;
    run_.step = std::min(least, let_go > kAtRest ? 1 : let_go);
    run_.sum += double{run_.step} - double{run_.steps[at(frame - kSmooth + kRing)]};
    run_.steps[at(frame + kRing)] = run_.step;
    if (frame >= 0) give(frame, out);
  }
}

void TruePeakLimiter::give(int64_t frame, std::vector<float>& out) {
  const auto gain = static_cast<float>(run_.sum / kSmooth);
  least_gain_ = std::min(least_gain_, gain);
  if (gain < 1) ++limited_;
  out.push_back(run_.left[at(frame)] * gain);
  out.push_back(run_.right[at(frame)] * gain);
}

void TruePeakLimiter::flush(std::vector<float>& out) {
  // As many as push the last one out; nothing comes of those that had not come.
  constexpr std::array<float, 2 * kHeldFrames> kNothing{};
  push(kNothing, out);
  run_ = Run();
}

bool TruePeakLimiter::at_rest() const {
  const bool nothing_wanted =
      run_.wanted_end == run_.wanted_first || run_.wanted[at(run_.wanted_first)].gain == 1;
  return nothing_wanted && run_.step == 1 && run_.sum == kSmooth;
}

float TruePeakLimiter::take_least_gain() {
  return std::exchange(least_gain_, 1.0F);
}

}  // namespace longmen
