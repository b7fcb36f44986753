// Merges the metrics of several processes, each in Prometheus' text format 0.0.4, into one: every
// family stands once, with its samples together, as the format demands of one page, and the label
// role="..." (and channel="..." for a process of one channel) is put first into each sample. A
// sample's own label "role" becomes "exported_role"; its own "channel" is kept instead of ours. A
// line that is not of the format, a family whose type differs from what an earlier process said,
// and a series that stood before are left out and counted: one broken process must not spoil the
// page. Bounds: kMaxMetricsBytes in all, kMaxMetricFamilies.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace longmen {

inline constexpr size_t kMaxMetricsBytes = 16 << 20;
inline constexpr size_t kMaxMetricFamilies = 4096;

struct RoleMetrics {
  std::string role;
  std::string channel;  // empty: not of one channel
  std::string_view text;
};

struct MergedMetrics {
  std::string text;
  size_t left_out = 0;  // lines
};

MergedMetrics merge_metrics(const std::vector<RoleMetrics>& roles);

}  // namespace longmen
