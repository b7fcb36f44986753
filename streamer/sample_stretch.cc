#include "streamer/sample_stretch.h"

#include <algorithm>
#include <cmath>

namespace longmen {
namespace {

constexpr int64_t kChannels = 2;

// Catmull-Rom through b and c, `at` from 0 to 1.
float cubic(float a, float b, float c, float d, float at) {
  return b + 0.5F * at * (c - a + at * (2 * a - 5 * b + 4 * c - d + at * (3 * (b - c) + d - a)));
}

}  // namespace

void SampleStretch::process(std::span<const float> block, DriftCompensation compensation,
                            std::vector<float>& out) {
  const auto frames = static_cast<int64_t>(block.size()) / kChannels;
  owed_ += static_cast<double>(frames) * compensation.samples / compensation.over;
  const auto change = static_cast<int64_t>(std::trunc(owed_));
  if (change == 0 || frames < 4 || frames + change < 4) {
    out.assign(block.begin(), block.end());
  } else {
    owed_ -= static_cast<double>(change);
    const int64_t wanted = frames + change;
    const double step = static_cast<double>(frames) / static_cast<double>(wanted);
    auto frame = [&](int64_t index, int64_t channel) -> float {
      if (index < 0) return before_[static_cast<size_t>(channel)];
      // The next block is not here yet: its first samples are taken as a straight continuation.
      const int64_t last = frames - 1;
      const int64_t beyond = std::max<int64_t>(index - last, 0);
      const float end = block[static_cast<size_t>((index - beyond) * kChannels + channel)];
      if (beyond == 0) return end;
      const float previous = block[static_cast<size_t>((last - 1) * kChannels + channel)];
      return end + static_cast<float>(beyond) * (end - previous);
    };
    out.resize(static_cast<size_t>(wanted * kChannels));
    for (int64_t i = 0; i < wanted; ++i) {
      const double position = static_cast<double>(i) * step;
      const auto whole = static_cast<int64_t>(position);
      const auto part = static_cast<float>(position - static_cast<double>(whole));
      for (int64_t c = 0; c < kChannels; ++c) {
        out[static_cast<size_t>(i * kChannels + c)] = cubic(
            frame(whole - 1, c), frame(whole, c), frame(whole + 1, c), frame(whole + 2, c), part);
      }
    }
  }
  if (frames > 0) before_ = {block[block.size() - 2], block[block.size() - 1]};
}

}  // namespace longmen
