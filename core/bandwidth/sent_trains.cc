#include "core/bandwidth/sent_trains.h"

namespace longmen {

std::optional<uint64_t> SentTrains::find(uint16_t sequence) const {
  if (end_ == 0) return std::nullopt;
  const uint16_t first = at(begin()).first_sequence;
  const auto distance = [first](uint16_t other) { return static_cast<uint16_t>(other - first); };
  uint64_t low = begin();
  uint64_t high = end_;  // the last train that does not begin behind `sequence` is in [low, high)
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    (distance(at(middle).first_sequence) <= distance(sequence) ? low : high) = middle;
  }
  const uint16_t within = static_cast<uint16_t>(sequence - at(low).first_sequence);
  return within < at(low).packets ? std::optional(low) : std::nullopt;
}

}  // namespace longmen
