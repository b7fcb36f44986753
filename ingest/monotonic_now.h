// The instant, as CLOCK_MONOTONIC has it.
#pragma once

#include "core/time/media_time.h"

namespace longmen {

inline Monotonic monotonic_now() {
  return std::chrono::steady_clock::now();
}

}  // namespace longmen
