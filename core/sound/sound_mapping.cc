#include "core/sound/sound_mapping.h"

#include <utility>

namespace longmen {

void map_sound(SoundMapping mapping, std::span<float> samples) {
  for (size_t i = 0; i + 1 < samples.size(); i += 2) {
    float& left = samples[i];
    float& right = samples[i + 1];
    switch (mapping) {
      case SoundMapping::kStereo:
      case SoundMapping::kLanguages:
        return;
      case SoundMapping::kLeft:
        right = left;
        break;
      case SoundMapping::kRight:
        left = right;
        break;
      case SoundMapping::kMono:
        left = right = 0.5F * (left + right);
        break;
      case SoundMapping::kSwap:
        std::swap(left, right);
        break;
    }
  }
}

}  // namespace longmen
