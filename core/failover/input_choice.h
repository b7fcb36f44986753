// Decides which of a channel's inputs is shown, or that the slate's picture is instead, from what
// is wrong with each of them and from the operator's order. It knows no pictures and no feeds.
//
// An order comes first: that input, whatever it is like. Without one:
// - An input that is not good is left when the other one is less bad, by the order in which
//   conditions stand in failover_rules.h. One that has become better within kSettled is believed
//   only when what is shown cannot be watched.
// - From a good backup the primary is taken again when it has been good for as long as the rules
//   say, or never. Each time that it is bad again within kRelapse of that, it has to be good for
//   twice as long, kMostPatience times at most: so a primary that comes and goes does not take the
//   programme with it. Of two feeds that begin within kBeginning, the primary is shown.
// - The slate's picture takes the place of the chosen one's when a condition of it says so, and
//   when it has none. The sound goes on.
// Thread: its owner's; time comes in with each call.
#pragma once

#include <optional>
#include <string_view>

#include "core/failover/input_watch.h"

namespace longmen {

enum class Shown : uint8_t { kPrimary, kBackup, kSlate };
inline constexpr std::array kShown{Shown::kPrimary, Shown::kBackup, Shown::kSlate};
std::string_view name_of(Shown shown);  // "primary", "backup", "slate"

struct InputSwitch {
  Shown from = Shown::kSlate;
  Shown to = Shown::kSlate;
  // A condition's name of what was left, "order", "return" (to a primary that has been good for
  // long enough) or "recovered" (from the slate).
  std::string_view why;
};

class InputChoice {
 public:
  static constexpr std::chrono::seconds kSettled{1};
  static constexpr std::chrono::seconds kRelapse{60};
  static constexpr int kMostPatience = 8;
  static constexpr std::chrono::seconds kBeginning{3};

  explicit InputChoice(const FailoverRules& rules) : rules_(rules) {}

  // --- Handlers.
  void set_rules(const FailoverRules& rules) { rules_ = rules; }
  void set_order(std::optional<ChannelInput> order) { order_ = order; }
  // Something when what is shown is another thing from now on.
  std::optional<InputSwitch> decide(const OfInputs<ConditionSet>& inputs, Monotonic now);

  // --- Getters. What is to be done, as of the last decision.
  ChannelInput input() const { return input_; }  // of which the sound is, too
  bool slate_picture() const { return slate_picture_; }
  Shown shown() const;
  std::optional<ChannelInput> order() const { return order_; }

 private:
  struct Known {
    size_t grade = ConditionSet::kWorstGrade;
    std::optional<Monotonic> good_since;
    std::optional<Monotonic> improved;
  };
  void learn(const OfInputs<ConditionSet>& inputs, Monotonic now);
  bool may_return(Monotonic now) const;
  bool to_slate(const ConditionSet& conditions) const;
  std::string_view go_to_better(const OfInputs<ConditionSet>& inputs, Monotonic now);

  FailoverRules rules_;
  std::optional<ChannelInput> order_;
  OfInputs<Known> known_;
  ChannelInput input_ = ChannelInput::kPrimary;
  bool slate_picture_ = true;
  std::optional<Monotonic> begun_;  // something was good for the first time
  std::optional<Monotonic> returned_;
  int patience_ = 1;
};

}  // namespace longmen
