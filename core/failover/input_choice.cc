#include "core/failover/input_choice.h"

#include <algorithm>

namespace longmen {
namespace {

constexpr std::array kShownNames{Named{Shown::kPrimary, "primary"}, Named{Shown::kBackup, "backup"},
                                 Named{Shown::kSlate, "slate"}};

constexpr std::string_view kByOrder = "order", kByReturn = "return", kByRecovery = "recovered";

}  // namespace

std::string_view name_of(Shown shown) {
  return name_in(kShownNames, shown);
}

Shown InputChoice::shown() const {
  if (slate_picture_) return Shown::kSlate;
  return input_ == ChannelInput::kPrimary ? Shown::kPrimary : Shown::kBackup;
}

void InputChoice::learn(const OfInputs<ConditionSet>& inputs, Monotonic now) {
  for (const ChannelInput input : kChannelInputs) {
    Known& known = known_[input];
    const size_t grade = inputs[input].grade();
    if (grade < known.grade) known.improved = now;
    known.grade = grade;
    if (grade != 0) {
      known.good_since.reset();
    } else if (!known.good_since) {
      known.good_since = now;
      if (!begun_) begun_ = now;
    }
  }
}

bool InputChoice::may_return(Monotonic now) const {
  const auto& since = known_[ChannelInput::kPrimary].good_since;
  if (!since) return false;
  if (now - *begun_ < kBeginning) return true;
  return rules_.return_after && now - *since >= *rules_.return_after * patience_;
}

bool InputChoice::to_slate(const ConditionSet& conditions) const {
  return std::any_of(kConditions.begin(), kConditions.end(), [&](Condition condition) {
    return conditions.has(condition) &&
           (condition == Condition::kNoData || rules_.of(condition).to_slate);
  });
}

// The reason, when it went to the other one.
std::string_view InputChoice::go_to_better(const OfInputs<ConditionSet>& inputs, Monotonic now) {
  const ChannelInput other = other_of(input_);
  const Known& here = known_[input_];
  const Known& there = known_[other];
  if (here.grade == 0) {
    if (input_ == ChannelInput::kPrimary || !may_return(now)) return {};
    input_ = other;
    returned_ = now;
    return kByReturn;
  }
  const bool settled = there.improved && now - *there.improved >= kSettled;
  if (there.grade >= here.grade || (!settled && !to_slate(inputs[input_]))) return {};
  if (input_ == ChannelInput::kPrimary) {
    const bool relapse = returned_ && now - *returned_ < kRelapse;
    patience_ = relapse ? std::min(2 * patience_, kMostPatience) : 1;
    returned_.reset();
  }
  const std::string_view why = name_of(*inputs[input_].worst());
  input_ = other;
  return why;
}

std::optional<InputSwitch> InputChoice::decide(const OfInputs<ConditionSet>& inputs,
                                               Monotonic now) {
  const Shown before = shown();
  learn(inputs, now);
  std::string_view why;
  if (order_) {
    if (input_ != *order_) why = kByOrder;
    input_ = *order_;
    slate_picture_ = inputs[input_].has(Condition::kNoData);
  } else {
    why = go_to_better(inputs, now);
    slate_picture_ = to_slate(inputs[input_]);
  }
  if (shown() == before) return std::nullopt;
  if (before == Shown::kSlate && why != kByOrder) why = kByRecovery;
  if (why.empty()) why = slate_picture_ ? name_of(*inputs[input_].worst()) : kByOrder;
  return InputSwitch{before, shown(), why};
}

}  // namespace longmen
