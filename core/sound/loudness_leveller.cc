#include "core/sound/loudness_leveller.h"

#include <algorithm>
#include <cmath>

namespace longmen {
namespace {

constexpr double kStepSeconds = std::chrono::duration<double>(LoudnessLeveller::kStep).count();
constexpr int kMemorySteps = LoudnessLeveller::kMemory / LoudnessLeveller::kStep;
constexpr int kGatedSteps = LoudnessLeveller::kGatedAtMost / LoudnessLeveller::kStep;

}  // namespace

void LoudnessLeveller::forget() {
  energy_ = 0;
  steps_ = gated_steps_ = 0;
  moving_ = true;
  arrived_once_ = false;
}

std::optional<double> LoudnessLeveller::level_lufs() const {
  if (steps_ == 0) return std::nullopt;
  return 10 * std::log10(energy_);
}

bool LoudnessLeveller::is_pause(double lufs) {
  if (lufs < kGateLufs) {
    gated_steps_ = 0;
    return true;
  }
  const auto level = level_lufs();
  if (!level || lufs >= *level - kGateBelowLu) {
    gated_steps_ = 0;
    return false;
  }
  if (++gated_steps_ < kGatedSteps) return true;
  steps_ = gated_steps_ = 0;
  return false;
}

void LoudnessLeveller::heard(std::optional<double> momentary_lufs) {
  const bool counts = momentary_lufs && !is_pause(*momentary_lufs);
  if (counts) {
    steps_ = std::min(steps_ + 1, kMemorySteps);
    energy_ += (std::pow(10, *momentary_lufs / 10) - energy_) / steps_;
  }
  if (!target_lufs_) {
    arrived_once_ = false;
    moving_ = true;
    return move_to(0, kFirstDbPerSecond, kFirstDbPerSecond);
  }
  if (!counts) return;
  const double wanted = std::clamp(*target_lufs_ - *level_lufs(), -kMaxGainDb, kMaxGainDb);
  if (std::abs(wanted - gain_db_) > kSetOutLu) moving_ = true;
  if (!moving_) return;
  arrived_once_ ? move_to(wanted, kUpDbPerSecond, kDownDbPerSecond)
                : move_to(wanted, kFirstDbPerSecond, kFirstDbPerSecond);
  if (std::abs(wanted - gain_db_) > kArrivedLu) return;
  moving_ = false;
  // A moment's sound says little of how loud the rest is.
  if (steps_ == kMemorySteps) arrived_once_ = true;
}

void LoudnessLeveller::move_to(double wanted_db, double up_per_second, double down_per_second) {
  gain_db_ += std::clamp(wanted_db - gain_db_, -down_per_second * kStepSeconds,
                         up_per_second * kStepSeconds);
}

}  // namespace longmen
