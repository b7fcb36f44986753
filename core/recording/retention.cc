#include "core/recording/retention.h"

#include <algorithm>
#include <chrono>

namespace longmen::recording {

std::vector<std::string> recordings_to_remove(std::vector<RetainedRecording> all,
                                              const RetentionRule& rule, int64_t now_ms) {
  std::ranges::sort(all, {}, &RetainedRecording::end_ms);
  uint64_t left = 0;
  for (const RetainedRecording& each : all)
    left += each.bytes;
  constexpr int64_t kDayMs = std::chrono::milliseconds(std::chrono::hours(24)).count();
  std::vector<std::string> removed;
  for (const RetainedRecording& each : all) {
    if (each.keep || each.keep_days < 0 || each.writing || each.end_ms == 0) continue;
    const int64_t days = each.keep_days > 0 ? each.keep_days : rule.keep_days;
    const bool old = days > 0 && each.end_ms < now_ms - days * kDayMs;
    const bool large = rule.max_bytes > 0 && left > rule.max_bytes;
    if (!old && !large) continue;
    removed.push_back(each.id);
    left -= each.bytes;
  }
  return removed;
}

}  // namespace longmen::recording
