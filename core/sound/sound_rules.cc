#include "core/sound/sound_rules.h"

#include <fmt/format.h>

#include <cmath>

namespace longmen {
namespace json = boost::json;
namespace {

json::value target_to_json(const std::optional<double>& target) {
  if (!target) return nullptr;
  if (*target == std::round(*target)) return static_cast<int64_t>(*target);
  return *target;
}

// "primary_mapping" -> primary
std::optional<ChannelInput> mapped_input(std::string_view field) {
  constexpr std::string_view kSuffix = "_mapping";
  if (!field.ends_with(kSuffix)) return std::nullopt;
  return channel_input_named(field.substr(0, field.size() - kSuffix.size()));
}

}  // namespace

json::object to_json(const SoundRules& rules) {
  return {{"target_lufs", target_to_json(rules.target_lufs)},
          {"primary_mapping", name_of(rules.mapping[ChannelInput::kPrimary])},
          {"backup_mapping", name_of(rules.mapping[ChannelInput::kBackup])}};
}

Result<SoundRules> read_sound_rules(const json::object& object, SoundRules rules) {
  for (const auto& [name, value] : object) {
    if (name == "target_lufs") {
      rules.target_lufs.reset();
      if (value.is_null()) continue;
      boost::system::error_code error;
      const auto target = value.is_number() ? value.to_number<double>(error) : 0;
      if (error || target < SoundRules::kLeastTarget || target > SoundRules::kMostTarget) {
        return fail(fmt::format("target_lufs: {} to {} is allowed, and null for off",
                                SoundRules::kLeastTarget, SoundRules::kMostTarget));
      }
      rules.target_lufs = std::round(target * 10) / 10;
    } else if (const auto input = mapped_input(name)) {
      const auto mapping =
          value.is_string() ? sound_mapping_named(value.as_string()) : std::nullopt;
      if (!mapping) {
        return fail(fmt::format("{}: stereo, left, right, mono or swap is allowed",
                                std::string_view(name)));
      }
      rules.mapping[*input] = *mapping;
    } else {
      return fail(
          fmt::format("there is no field \"{}\" here", std::string_view(name).substr(0, 64)));
    }
  }
  return rules;
}

}  // namespace longmen
