// How a clip becomes a loop. A slate's loop is a multiple of 8 s (core/media/slate.h) and a clip is
// as long as it is: it is played as often as brings its end nearest to the loop's, and its last
// picture stands, in silence, for what is left. A clip that is nearly as long as a loop is played
// once. Pure; in slots of the channel's grid, so that no rounding adds up.
#pragma once

#include "core/media/slate.h"
#include "core/time/frame_grid.h"

namespace longmen {

struct SlateLoop {
  // Loops of more than a few rounds cost memory and are noticed by nobody.
  static constexpr Flicks kLongestOfRounds = 8 * kSlateLoop;

  SlotIndex slots = 0;       // of the loop
  SlotIndex clip_slots = 0;  // of the clip, at least one
  int rounds = 1;

  // Which of the clip's pictures that slot shows.
  SlotIndex picture_at(SlotIndex slot) const {
    return slot < rounds * clip_slots ? slot % clip_slots : clip_slots - 1;
  }
  // The sample of the clip's sound that stands at that sample of the loop; nothing: silence.
  std::optional<int64_t> sample_at(int64_t sample, int frames_per_second) const {
    const int64_t clip_samples = clip_slots * 48'000 / frames_per_second;
    if (sample < 0 || sample >= rounds * clip_samples) return std::nullopt;
    return sample % clip_samples;
  }
};

// Of a clip that is no longer than kMaxSlateLoop.
SlateLoop slate_loop_of(SlotIndex clip_slots, const FrameGrid& grid);

}  // namespace longmen
