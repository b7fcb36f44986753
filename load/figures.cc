#include "load/figures.h"

#include <algorithm>
#include <cmath>

namespace longmen {

Figures figures_of(std::vector<double> values) {
  Figures figures;
  figures.count = values.size();
  if (values.empty()) return figures;
  std::ranges::sort(values);
  const auto at = [&](double percent) {
    const double rank = std::ceil(percent / 100 * static_cast<double>(values.size()));
    return values[static_cast<size_t>(std::max(rank, 1.0)) - 1];
  };
  figures.min = values.front();
  figures.p50 = at(50);
  figures.p95 = at(95);
  figures.p99 = at(99);
  figures.max = values.back();
  return figures;
}

}  // namespace longmen
