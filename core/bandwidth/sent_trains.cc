#include "core/bandwidth/sent_trains.h"

namespace longmen {

std::optional<uint64_t> SentTrains::find(uint16_t sequence) const {
  if (end_ == 0) return std::nullopt;
  // Usually one of the latest is meant, and the others are out of the processor's reach.
  for (uint64_t back = 1; back <= std::min<uint64_t>(kLatest, end_ - begin()); ++back) {
    const SentTrain& train = at(end_ - back);
    if (static_cast<uint16_t>(sequence - train.first_sequence) < train.packets) return end_ - back;
  }
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
