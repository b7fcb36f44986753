#include "core/time/generation_time.h"

namespace longmen {

Generation generation_started_at(MediaTime start, uint16_t node_tag) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(start.time_since_epoch()).count();
  return Generation{static_cast<uint64_t>(ms) << 16 | node_tag};
}

MediaTime start_of(Generation generation) {
  return MediaTime(std::chrono::milliseconds(static_cast<int64_t>(generation.value >> 16)));
}

uint16_t node_tag_of(Generation generation) {
  return static_cast<uint16_t>(generation.value);
}

}  // namespace longmen
