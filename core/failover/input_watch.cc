#include "core/failover/input_watch.h"

namespace longmen {
namespace {

constexpr std::chrono::seconds kErrorSecond{1};

}  // namespace

std::optional<Condition> ConditionSet::worst() const {
  for (auto condition = kConditions.rbegin(); condition != kConditions.rend(); ++condition) {
    if (has(*condition)) return *condition;
  }
  return std::nullopt;
}

size_t ConditionSet::grade() const {
  const auto found = worst();
  return found ? static_cast<size_t>(*found) + 1 : 0;
}

void InputWatch::has_track(bool video, Monotonic now) {
  if (video) {
    has_video_ = true;
  } else if (!quiet_since_) {
    quiet_since_ = now;
  }
}

void InputWatch::picture(const LumaLook* look, Monotonic now) {
  last_picture_ = now;
  if (!look) return;
  if (!still_ || look->has_moved_since(*still_)) {
    still_ = *look;
    still_since_ = now;
  }
  if (!look->is_black()) {
    black_since_.reset();
  } else if (!black_since_) {
    black_since_ = now;
  }
}

void InputWatch::sound(float peak, Monotonic now) {
  last_sound_ = now;
  if (peak > kSilentPeak || !quiet_since_) quiet_since_ = now;
}

void InputWatch::errors(uint32_t count, Monotonic now) {
  count_seconds(now);
  if (!second_begun_) second_begun_ = now;
  errors_of_second_ += count;
}

void InputWatch::count_seconds(Monotonic now) {
  while (second_begun_ && now - *second_begun_ >= kErrorSecond) {
    const bool bad = errors_of_second_ >= static_cast<uint64_t>(rules_.errors_per_second);
    if (!bad) {
      // Seconds are counted from the next error on.
      bad_since_.reset();
      second_begun_.reset();
    } else {
      if (!bad_since_) bad_since_ = second_begun_;
      *second_begun_ += kErrorSecond;
    }
    errors_of_second_ = 0;
  }
}

bool InputWatch::lasts(const std::optional<Monotonic>& since, Condition condition,
                       Monotonic now) const {
  const auto after = rules_.of(condition).after;
  return after.count() > 0 && since && now - *since >= after;
}

bool InputWatch::has_no_data(Monotonic now) const {
  const auto& last = has_video_ ? last_picture_ : last_sound_;
  if (!last) return true;
  if (!lasts(last, Condition::kNoData, now)) return false;
  const bool sounds = last_sound_ && !lasts(last_sound_, Condition::kNoData, now);
  return !has_video_ || !sounds || now - *last >= kPictureBesideSound;
}

ConditionSet InputWatch::look(Monotonic now) {
  count_seconds(now);
  ConditionSet found;
  if (has_no_data(now)) found.set(Condition::kNoData);
  if (lasts(black_since_, Condition::kBlack, now)) found.set(Condition::kBlack);
  if (lasts(still_since_, Condition::kFrozen, now)) found.set(Condition::kFrozen);
  if (lasts(quiet_since_, Condition::kSilent, now)) found.set(Condition::kSilent);
  if (lasts(bad_since_, Condition::kErrors, now)) found.set(Condition::kErrors);
  return found;
}

}  // namespace longmen
