#include "core/node/air_order.h"

#include <array>

#include "core/base/names.h"

namespace longmen {
namespace {

constexpr std::array kRules{Named{AirRule::kFeed, "feed"}, Named{AirRule::kSlate, "slate"},
                            Named{AirRule::kCut, "cut"}};

}  // namespace

std::string_view name_of(AirRule rule) {
  return name_in(kRules, rule);
}

std::optional<AirRule> air_rule_named(std::string_view name) {
  return value_in<AirRule>(kRules, name);
}

AirOrder followed_by(const AirOrder& before, AirRule rule, MediaTime now) {
  if (rule == before.rule) return before;
  AirOrder order = before;
  order.rule = rule;
  if (before.holds_feed() || rule == AirRule::kCut) order.hidden_before = now;
  if (rule == AirRule::kCut) order.cut_at = now;
  return order;
}

}  // namespace longmen
