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

// The same on both sides, interleaved.
inline std::vector<float> stereo(const SoundAt& sound, int64_t first, int count) {
  std::vector<float> samples(2 * static_cast<size_t>(count));
  for (size_t i = 0; i < samples.size(); i += 2)
    samples[i] = samples[i + 1] = sound(first + static_cast<int64_t>(i / 2));
  return samples;
}

}  // namespace longmen::test
