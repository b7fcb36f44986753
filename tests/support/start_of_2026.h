// An instant on every grid of the line of time, for tests: docs/TIMELINE.md §1.
#pragma once

#include "core/time/media_time.h"

namespace longmen::test {

inline constexpr MediaTime kStartOf2026{Flicks(1'246'954'383'360'000'000)};  // 00:00:00Z

}  // namespace longmen::test
