#include "core/sound/sound_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>

#include "core/media/identity.h"

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

std::string text_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

Result<std::vector<SoundLanguage>> read_languages(const json::value& value) {
  std::vector<SoundLanguage> languages;
  if (value.is_null()) return languages;
  const json::array* list = value.if_array();
  if (!list || (!list->empty() && list->size() != kMaxSounds))
    return fail("languages: two are allowed, the left one first, and null for none");
  for (const json::value& each : *list) {
    if (!each.is_object()) return fail("languages: each is an object with tag and name");
    languages.push_back({text_in(each.as_object(), "tag"), text_in(each.as_object(), "name")});
  }
  return languages;
}

bool maps_languages(const SoundRules& rules) {
  return std::ranges::find(rules.mapping, SoundMapping::kLanguages) != rules.mapping.end();
}

}  // namespace

Result<void> check_sound_rules(const SoundRules& rules) {
  const std::vector<SoundLanguage>& languages = rules.languages;
  if (maps_languages(rules) && languages.empty())
    return fail("languages: an input that is mapped so has two, the left one first");
  for (const SoundLanguage& language : languages) {
    if (!is_language_tag(language.tag)) {
      return fail(fmt::format(
          "languages: tag = \"{}\": a language tag of BCP 47 is allowed, such as zh, ug or bo",
          language.tag.substr(0, kMaxLanguageTagBytes)));
    }
    if (!is_language_name(language.name)) {
      return fail(
          fmt::format("languages: name of {}: 1 to {} bytes without a quotation mark are "
                      "allowed",
                      language.tag, kMaxLanguageNameBytes));
    }
  }
  if (languages.size() == kMaxSounds) {
    const SoundLanguage& left = languages[0];
    const SoundLanguage& right = languages[1];
    const bool same = left.tag.size() == right.tag.size() && find_language({left}, right.tag);
    if (same || left.name == right.name)
      return fail("languages: the two are to have different tags and different names");
  }
  return {};
}

std::vector<SoundLanguage> languages_on_air(const SoundRules& rules) {
  return maps_languages(rules) ? rules.languages : std::vector<SoundLanguage>();
}

size_t sounds_of(const SoundRules& rules) {
  return std::max<size_t>(languages_on_air(rules).size(), 1);
}

SoundMapping mapping_on_air(const SoundRules& rules, ChannelInput input) {
  const SoundMapping mapping = rules.mapping[input];
  const bool sides = mapping == SoundMapping::kStereo || mapping == SoundMapping::kSwap;
  return sides && maps_languages(rules) ? SoundMapping::kMono : mapping;
}

json::object to_json(const SoundRules& rules) {
  json::object object{{"target_lufs", target_to_json(rules.target_lufs)},
                      {"primary_mapping", name_of(rules.mapping[ChannelInput::kPrimary])},
                      {"backup_mapping", name_of(rules.mapping[ChannelInput::kBackup])}};
  json::array languages;
  for (const SoundLanguage& language : rules.languages)
    languages.push_back(to_json(language));
  if (!languages.empty()) object["languages"] = std::move(languages);
  return object;
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
        return fail(fmt::format("{}: stereo, left, right, mono, swap or languages is allowed",
                                std::string_view(name)));
      }
      rules.mapping[*input] = *mapping;
    } else if (name == "languages") {
      auto languages = read_languages(value);
      if (!languages) return tl::unexpected(languages.error());
      rules.languages = std::move(*languages);
    } else {
      return fail(
          fmt::format("there is no field \"{}\" here", std::string_view(name).substr(0, 64)));
    }
  }
  if (auto checked = check_sound_rules(rules); !checked) return tl::unexpected(checked.error());
  return rules;
}

}  // namespace longmen
