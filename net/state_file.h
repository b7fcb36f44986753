// Small files that a process must find again after a crash: written beside, synced, renamed, so
// that a reader sees the old or the new text and never half of one.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace longmen {

inline constexpr size_t kMaxStateFileBytes = 16 << 20;

Result<void> write_state_file(const std::string& path, std::string_view text);
// Fails with words when the file is absent, unreadable, or larger than that.
Result<std::string> read_state_file(const std::string& path, size_t max_bytes = kMaxStateFileBytes);

}  // namespace longmen
