#include "core/recording/local_copies.h"

#include <algorithm>

namespace longmen::recording {

std::vector<std::string> copies_to_drop(std::vector<LocalCopy> all, const LocalCopyRule& rule,
                                        int64_t now_ms) {
  std::ranges::sort(all, {}, &LocalCopy::end_ms);
  std::vector<std::string> dropped;
  uint64_t freed = 0;
  for (const LocalCopy& each : all) {
    if (each.writing || each.end_ms == 0 || !each.in_bucket || each.bytes == 0) continue;
    const bool old = each.end_ms <= now_ms - rule.keep_ms;
    if (!old && freed >= rule.needed_bytes) continue;
    dropped.push_back(each.id);
    freed += each.bytes;
  }
  return dropped;
}

}  // namespace longmen::recording
