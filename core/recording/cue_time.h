// A time of a WebVTT cue, "01:02:03.456". Source: WebVTT (W3C) §3.3.
#pragma once

#include <fmt/format.h>

#include <string>

#include "core/time/media_time.h"

namespace longmen::recording {

inline std::string cue_time(Flicks at) {
  const int64_t ms = std::chrono::floor<std::chrono::milliseconds>(at).count();
  return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60,
                     ms % 1000);
}

}  // namespace longmen::recording
