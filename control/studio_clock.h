// The clocks of the studio's API, as whoever makes it gives them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace longmen {

struct StudioClock {
  std::function<int64_t()> wall_ms;              // since 1970, for what is written down
  std::function<std::chrono::seconds()> steady;  // for what must not be shortened by a step
  std::function<int64_t()> media_ms;             // the media clock, since 1970
};

}  // namespace longmen
