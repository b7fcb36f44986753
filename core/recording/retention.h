// Which recordings go: those that are older than a number of days, and the oldest ones until what
// is left fits into a number of bytes. Never one that is being written, has no end yet or is kept
// for ever; those count as space all the same. A recording may have a number of days of its own, as
// its series says: then that one counts instead of the node's, and -1 is for ever. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace longmen::recording {

struct RetentionRule {
  int64_t keep_days = 0;   // 0: of any age
  uint64_t max_bytes = 0;  // 0: as many as there are
};

struct RetainedRecording {
  std::string id;
  int64_t end_ms = 0;  // 0: it has none yet
  uint64_t bytes = 0;
  bool keep = false;
  bool writing = false;
  int keep_days = 0;  // 0: the rule's; -1: for ever
};

// Oldest first.
std::vector<std::string> recordings_to_remove(std::vector<RetainedRecording> all,
                                              const RetentionRule& rule, int64_t now_ms);

}  // namespace longmen::recording
