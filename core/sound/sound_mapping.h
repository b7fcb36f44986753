// Which of the two sides of an input is heard on which side of the programme: feeds come with sound
// on the left alone, on the wrong sides, or with something else on each. A setting of each of a
// channel's inputs, and what it does to samples. Constant; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/names.h"

namespace longmen {

enum class SoundMapping : uint8_t {
  kStereo,     // as it comes
  kLeft,       // the left on both sides
  kRight,      // the right on both sides
  kMono,       // half of left and right together, on both sides
  kSwap,       // each on the other side
  kLanguages,  // as it comes: each side is a sound of its own, in a language of its own
};

inline constexpr std::array kSoundMappingNames{
    Named{SoundMapping::kStereo, "stereo"}, Named{SoundMapping::kLeft, "left"},
    Named{SoundMapping::kRight, "right"},   Named{SoundMapping::kMono, "mono"},
    Named{SoundMapping::kSwap, "swap"},     Named{SoundMapping::kLanguages, "languages"}};

constexpr std::string_view name_of(SoundMapping mapping) {
  return name_in(kSoundMappingNames, mapping);
}
constexpr std::optional<SoundMapping> sound_mapping_named(std::string_view name) {
  return value_in<SoundMapping>(kSoundMappingNames, name);
}

// In place; left and right interleaved.
void map_sound(SoundMapping mapping, std::span<float> samples);

}  // namespace longmen
