// Which recordings' media leave this disk because the bucket has them, too: those that ended long
// enough ago; and, oldest first, as many as are to make room. Never one that is being written, has
// no end yet or is not whole in the bucket. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace longmen::recording {

struct LocalCopyRule {
  int64_t keep_ms = 0;        // after the end
  uint64_t needed_bytes = 0;  // that are to be made free
};

struct LocalCopy {
  std::string id;
  int64_t end_ms = 0;  // 0: it has none yet
  uint64_t bytes = 0;  // of its media on this disk
  bool writing = false;
  bool in_bucket = false;  // whole
};

// Oldest first.
std::vector<std::string> copies_to_drop(std::vector<LocalCopy> all, const LocalCopyRule& rule,
                                        int64_t now_ms);

}  // namespace longmen::recording
