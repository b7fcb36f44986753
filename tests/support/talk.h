// Sounds by number of sample, for what listens to their level.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <utility>
#include <vector>

namespace longmen::test {

using SoundAt = std::function<float(int64_t)>;  // of a sample at 48 kHz, from -10 s on

// Noise whose level is another one every 110 ms, of a seed; seven minutes of it.
inline SoundAt talk(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> levels(4000);
  for (float& level : levels)
    level = std::pow(10.0F, -static_cast<float>(random() % 40) / 20);
  return [levels = std::move(levels)](int64_t sample) {
    const float level = levels.at(static_cast<size_t>(sample + 480'000) / 5280);
    return sample % 2 ? level : -level / 2;
  };
}

}  // namespace longmen::test
