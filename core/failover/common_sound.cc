#include "core/failover/common_sound.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace longmen {
namespace {

constexpr int kCompared = CommonSound::kCompared;

using Levels = std::array<LevelCourse::Level, LevelCourse::kKept>;

// The last kKept before `end`; what is not known is 0.
Levels in_order(const LevelCourse& course, LevelStep end) {
  Levels levels{};
  const LevelStep begin = end - LevelCourse::kKept;
  for (LevelStep step = std::max(begin, course.first()); step < end; ++step)
    levels[static_cast<size_t>(step - begin)] = course.at(step);
  return levels;
}

// Of kCompared levels.
struct Spread {
  double sum = 0, squares = 0;
  double variance() const { return (squares - sum * sum / kCompared) / kCompared; }
};

// By the number at which the kCompared begin.
using Spreads = std::array<Spread, CommonSound::kMostApart + 1>;

Spreads spreads_of(const Levels& levels) {
  Spreads spreads;
  Spread sum;
  for (size_t i = 0; i < levels.size(); ++i) {
    const auto add = [&](double level, int sign) {
      sum.sum += sign * level;
      sum.squares += sign * level * level;
    };
    add(levels[i], 1);
    if (i >= kCompared) add(levels[i - kCompared], -1);
    if (i + 1 >= kCompared) spreads[i + 1 - kCompared] = sum;
  }
  return spreads;
}

int32_t product(const LevelCourse::Level* one, const LevelCourse::Level* other) {
  int32_t sum = 0;
  for (int i = 0; i < kCompared; ++i)
    sum += int32_t{one[i]} * other[i];
  return sum;
}

}  // namespace

void CommonSound::sound(ChannelInput input, MediaTime time, std::span<const float> samples) {
  courses_[input].push(time, samples);
  const LevelStep one = courses_[ChannelInput::kPrimary].end();
  const LevelStep other = courses_[ChannelInput::kBackup].end();
  const LevelStep now = std::min(one, other);
  if (later_ && std::max(one, other) - found_ > kTrusted) later_.reset();
  if (std::abs(one - other) > kGone || std::abs(now - compared_) < kEvery) return;
  compared_ = now;
  if (const auto later = compare(now)) take(*later, now);
}

void CommonSound::take(int later, LevelStep now) {
  if (candidate_ && std::abs(*candidate_ - later) <= kAgree) {
    later_ = later;
    found_ = now;
  }
  candidate_ = later;
}

// The last kCompared of the one that is later, against earlier ones of the other.
std::optional<int> CommonSound::compare(LevelStep end) const {
  OfInputs<Levels> levels;
  OfInputs<Spreads> spreads;
  for (const ChannelInput input : kChannelInputs) {
    if (end - kCompared - courses_[input].first() < kLeastApart) return std::nullopt;
    levels[input] = in_order(courses_[input], end);
    spreads[input] = spreads_of(levels[input]);
  }
  std::array<double, 2 * kMostApart + 1> alike{};  // by how much later the backup is, + kMostApart
  for (const ChannelInput later : kChannelInputs) {
    const ChannelInput earlier = other_of(later);
    const LevelStep known = end - kCompared - courses_[earlier].first();
    const Spread& of_last = spreads[later].back();
    const double least = kLeastSpread * kLeastSpread;
    if (of_last.variance() < least) continue;
    for (int by = 0; by <= std::min<LevelStep>(known, kMostApart); ++by) {
      const size_t begin = static_cast<size_t>(kMostApart - by);
      const Spread& of_earlier = spreads[earlier][begin];
      if (of_earlier.variance() < least) continue;
      const double together = product(&levels[later][kMostApart], &levels[earlier][begin]) -
                              of_last.sum * of_earlier.sum / kCompared;
      const double r = together / kCompared / std::sqrt(of_last.variance() * of_earlier.variance());
      const int number = kMostApart + (later == ChannelInput::kBackup ? by : -by);
      alike[static_cast<size_t>(number)] = r;
    }
  }
  const auto best = std::ranges::max_element(alike);
  if (*best < kAlike) return std::nullopt;
  const auto at = best - alike.begin();
  for (auto i = 0; i < std::ssize(alike); ++i) {
    if (std::abs(i - at) > kNear && alike[static_cast<size_t>(i)] > *best - kAhead)
      return std::nullopt;
  }
  return static_cast<int>(at) - kMostApart;
}

void CommonSound::forget(ChannelInput input) {
  courses_[input] = LevelCourse();
  candidate_.reset();
  later_.reset();
}

std::optional<Flicks> CommonSound::backup_is_later_by() const {
  if (!later_) return std::nullopt;
  return *later_ * LevelCourse::kStep;
}

}  // namespace longmen
