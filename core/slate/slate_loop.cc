#include "core/slate/slate_loop.h"

#include <algorithm>

namespace longmen {

SlateLoop slate_loop_of(SlotIndex clip_slots, const FrameGrid& grid) {
  using std::chrono::seconds;
  clip_slots = std::max<SlotIndex>(clip_slots, 1);
  const SlotIndex step = kSlateLoop / seconds(1) * grid.frames_per_second();
  const SlotIndex longest = SlateLoop::kLongestOfRounds / seconds(1) * grid.frames_per_second();
  // Less than that is not worth another round.
  const SlotIndex bearable = grid.frames_per_second() / 2;
  const auto loop_of = [&](int rounds) {
    const SlotIndex played = rounds * clip_slots;
    return SlateLoop{(played + step - 1) / step * step, clip_slots, rounds};
  };
  const auto left = [&](const SlateLoop& loop) { return loop.slots - loop.rounds * clip_slots; };
  SlateLoop best = loop_of(1);
  for (int rounds = 2; left(best) > bearable && rounds * clip_slots <= longest; ++rounds) {
    const SlateLoop loop = loop_of(rounds);
    // What stands still, as a part of the whole.
    if (left(loop) * best.slots < left(best) * loop.slots) best = loop;
  }
  return best;
}

}  // namespace longmen
