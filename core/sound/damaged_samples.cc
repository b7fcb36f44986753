#include "core/sound/damaged_samples.h"

#include <algorithm>
#include <cmath>

namespace longmen {

bool mend_samples(std::span<float> samples) {
  bool damaged = false;
  for (float& sample : samples) {
    if (std::abs(sample) <= kMostAmplitude) continue;  // false for what is no number, too
    damaged = true;
    sample = std::isnan(sample) ? 0 : std::clamp(sample, -kMostAmplitude, kMostAmplitude);
  }
  return damaged;
}

}  // namespace longmen
