#include "core/node/air_order.h"

#include <array>

#include "core/base/names.h"

namespace longmen {
namespace {

constexpr std::array kRules{Named{AirRule::kFeed, "feed"}, Named{AirRule::kSlate, "slate"},
                            Named{AirRule::kCut, "cut"}};

std::optional<std::string_view> without_suffix(std::string_view suffix, std::string_view name) {
  if (name.size() <= suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  return name.substr(0, name.size() - suffix.size());
}

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

std::string programme_of(std::string_view channel) {
  return std::string(channel) + std::string(kProgrammeSuffix);
}

std::optional<std::string_view> channel_of_programme(std::string_view name) {
  return without_suffix(kProgrammeSuffix, name);
}

std::string preview_of(std::string_view channel) {
  return std::string(channel) + std::string(kPreviewSuffix);
}

std::optional<std::string_view> channel_of_preview(std::string_view name) {
  return without_suffix(kPreviewSuffix, name);
}

}  // namespace longmen
