// How loud a channel is to be, and which sides of its inputs are heard where. A channel's settings,
// as people give them: plain values, their bounds and their JSON. What follows from them is
// loudness_leveller.h's and sound_mapping.h's.
#pragma once

#include <boost/json/object.hpp>
#include <optional>

#include "core/base/result.h"
#include "core/node/channel_input.h"
#include "core/sound/sound_language.h"
#include "core/sound/sound_mapping.h"

namespace longmen {

struct SoundRules {
  // China: -24 LKFS (GY/T 282), Europe: -23 LUFS (EBU R 128); both are the same unit.
  static constexpr double kLeastTarget = -31, kMostTarget = -14;

  std::optional<double> target_lufs;  // in tenths; nothing: sound passes as loud as it comes
  OfInputs<SoundMapping> mapping{{{SoundMapping::kStereo, SoundMapping::kStereo}}};
  std::vector<SoundLanguage> languages;  // of left and right; none, or two
  bool operator==(const SoundRules&) const = default;
};

// Of each of the channel's sounds, when it has two, which it has when an input is mapped so; else
// none.
std::vector<SoundLanguage> languages_on_air(const SoundRules& rules);
// How many sounds the channel has: one, or one in each language.
size_t sounds_of(const SoundRules& rules);
// Of its languages: that each is one, that they are two different ones, and there when an input is
// mapped so. The words name the field, and what is allowed.
Result<void> check_sound_rules(const SoundRules& rules);
// How that input is mapped: where the sides are languages, one that is not mapped so is heard in
// both, as mono.
SoundMapping mapping_on_air(const SoundRules& rules, ChannelInput input);

// {"target_lufs":-24,"primary_mapping":"stereo","backup_mapping":"left"}; null: it is not levelled.
// "languages":[{"tag":"zh","name":"普通话"},{…}] when there are any.
boost::json::object to_json(const SoundRules& rules);
// What is absent stays as in `rules`. The words name the field, and what is allowed.
Result<SoundRules> read_sound_rules(const boost::json::object& json, SoundRules rules);

}  // namespace longmen
