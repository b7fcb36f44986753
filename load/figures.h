// Percentiles of a set of measured values, by the nearest-rank method: every figure told is a value
// that was measured.
#pragma once

#include <cstddef>
#include <vector>

namespace longmen {

struct Figures {
  size_t count = 0;  // the others are meaningless when it is 0
  double min = 0;
  double p50 = 0;
  double p95 = 0;
  double p99 = 0;
  double max = 0;
};

Figures figures_of(std::vector<double> values);

}  // namespace longmen
