// Stretches or shrinks stereo sound by a few samples in a second, to follow a feed whose clock runs
// a little faster or slower (core/feed/sample_retimer.h says by how much). Without compensation
// samples pass as they are. Cubic interpolation; blocks join without a seam. Constant memory.
// One thread.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "core/feed/sample_retimer.h"

namespace longmen {

class SampleStretch {
 public:
  // Replaces `out` by the stretched block; both hold left and right interleaved.
  void process(std::span<const float> block, DriftCompensation compensation,
               std::vector<float>& out);

 private:
  double owed_ = 0;                    // samples to add (or, negative, to leave out)
  std::array<float, 2> before_{0, 0};  // last frame of the block before
};

}  // namespace longmen
