// Sound for tests whose loudness is known: 1 kHz on both sides has as many LUFS as dBFS of its peak
// (EBU Tech 3341).
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

namespace longmen::test {

inline constexpr double kPi = std::numbers::pi;

// Left and right interleaved, 48 kHz, whole periods.
inline std::vector<float> tone(double dbfs, double seconds) {
  std::vector<float> period;
  for (int i = 0; i < 48; ++i)
    period.insert(period.end(), 2,
                  static_cast<float>(std::pow(10, dbfs / 20) * std::sin(2 * kPi * i / 48)));
  std::vector<float> samples;
  for (long i = 0; i < std::lround(seconds * 1000); ++i)
    samples.insert(samples.end(), period.begin(), period.end());
  return samples;
}

}  // namespace longmen::test
