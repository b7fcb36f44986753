#include "core/failover/level_course.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/time/audio_grid.h"
#include "core/time/floor_div.h"

namespace longmen {
namespace {

constexpr int64_t kSamples = 480;  // of a step
constexpr size_t kChannels = 2;
constexpr double kFloor = 1e-6;  // of the energy of full scale: -60 dB
constexpr double kMostLevel = 600;

LevelCourse::Level level_of(double energy) {
  const double mean = energy / static_cast<double>(kSamples * kChannels);
  if (mean <= kFloor) return 0;
  const double level = std::min(100 * std::log10(mean / kFloor), kMostLevel);
  return static_cast<LevelCourse::Level>(std::lround(level));
}

}  // namespace

void LevelCourse::push(MediaTime time, std::span<const float> samples) {
  SampleIndex sample = nearest_sample(time);
  for (; samples.size() >= kChannels; samples = samples.subspan(kChannels), ++sample) {
    go_to(floor_div(sample, kSamples));
    energy_ += double{samples[0]} * samples[0] + double{samples[1]} * samples[1];
  }
}

void LevelCourse::go_to(LevelStep step) {
  if (step == end_) return;
  if (step < end_ - 1 || step > end_ + kKept) {
    first_ = end_ = step;
    energy_ = 0;
    return;
  }
  if (step < end_) return;  // an overlap of less than a step
  const Level level = level_of(std::exchange(energy_, 0));
  while (end_ < step)
    add(level);
}

void LevelCourse::add(Level level) {
  levels_[static_cast<size_t>(end_) % kKept] = level;
  ++end_;
  first_ = std::max(first_, end_ - kKept);
}

}  // namespace longmen
