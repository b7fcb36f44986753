#include "core/node/air_order.h"

#include <array>

namespace longmen {
namespace {

struct RuleName {
  AirRule rule;
  std::string_view name;
};
constexpr std::array kRules{RuleName{AirRule::kFeed, "feed"}, RuleName{AirRule::kSlate, "slate"},
                            RuleName{AirRule::kCut, "cut"}};

}  // namespace

std::string_view name_of(AirRule rule) {
  for (const RuleName& each : kRules) {
    if (each.rule == rule) return each.name;
  }
  return {};
}

std::optional<AirRule> air_rule_named(std::string_view name) {
  for (const RuleName& each : kRules) {
    if (each.name == name) return each.rule;
  }
  return std::nullopt;
}

AirOrder followed_by(const AirOrder& before, AirRule rule, MediaTime now) {
  if (rule == before.rule) return before;
  AirOrder order = before;
  order.rule = rule;
  if (before.holds_feed() || rule == AirRule::kCut) order.hidden_before = now;
  return order;
}

std::string preview_of(std::string_view channel) {
  return std::string(channel) + std::string(kPreviewSuffix);
}

std::optional<std::string_view> channel_of_preview(std::string_view name) {
  if (name.size() <= kPreviewSuffix.size() || !name.ends_with(kPreviewSuffix)) return std::nullopt;
  return name.substr(0, name.size() - kPreviewSuffix.size());
}

}  // namespace longmen
