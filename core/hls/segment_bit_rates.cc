#include "core/hls/segment_bit_rates.h"

#include <algorithm>

namespace longmen::hls {
namespace {

constexpr double kLeastTargets = 0.5;
constexpr double kMostTargets = 1.5;

}  // namespace

void SegmentBitRates::add(double duration_s, double bits, double target_duration_s) {
  if (duration_s <= 0) return;
  bits_ += bits;
  duration_s_ += duration_s;
  row_.push_back({duration_s, bits});
  Segment sum;
  size_t count = 0;
  for (auto segment = row_.rbegin(); segment != row_.rend(); ++segment) {
    sum.duration_s += segment->duration_s;
    sum.bits += segment->bits;
    if (sum.duration_s > kMostTargets * target_duration_s) break;
    ++count;
    if (sum.duration_s >= kLeastTargets * target_duration_s)
      peak_ = std::max(peak_, sum.bits / sum.duration_s);
  }
  while (row_.size() > std::min(count, kMaxInARow))
    row_.pop_front();
}

bool is_near_bit_rate(int64_t told_kbps, double bits, double duration_s) {
  constexpr double kWithin = 0.1;
  const double told = 1000 * static_cast<double>(told_kbps) * duration_s;
  return told >= (1 - kWithin) * bits && told <= (1 + kWithin) * bits;
}

}  // namespace longmen::hls
