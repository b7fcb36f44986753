// The frames of one track on the line of time, and which of them belong to which part: a picture's
// slot or an AAC frame's number, its time, its length in ticks of the track. A frame belongs to the
// part in which it starts. Constant; any thread. Source: docs/TIMELINE.md §4, §5, §8.
#pragma once

#include <cstdint>
#include <optional>

#include "core/time/frame_grid.h"
#include "core/time/hls_number.h"

namespace longmen::cmaf {

inline constexpr uint32_t kVideoTimescale = 90'000;
inline constexpr uint32_t kAudioTimescale = 48'000;

// first, first + 1, ... end - 1.
struct FrameRange {
  int64_t first = 0;
  int64_t end = 0;
};

class TrackGrid {
 public:
  static TrackGrid of_video(const HlsGrid& grid, FrameGrid frames) { return {grid, frames}; }
  static TrackGrid of_audio(const HlsGrid& grid) { return {grid, std::nullopt}; }

  bool is_video() const { return frames_.has_value(); }
  const HlsGrid& parts() const { return grid_; }
  uint32_t frame_ticks() const;

  // Nothing for a time before the epoch or off the grid.
  std::optional<int64_t> frame_at(MediaTime time) const;
  MediaTime time_of(int64_t frame) const;
  uint64_t ticks_of(int64_t frame) const { return static_cast<uint64_t>(frame) * frame_ticks(); }
  FrameRange frames_of(HlsNumber part) const;

  // Of the first frame's start; from there to that of the next part's first frame.
  MediaTime start_of(HlsNumber part) const { return time_of(frames_of(part).first); }
  Flicks duration_of(HlsNumber part) const;
  // The longest that a part can be: PART-TARGET.
  Flicks longest_part() const;

 private:
  TrackGrid(const HlsGrid& grid, std::optional<FrameGrid> frames) : grid_(grid), frames_(frames) {}
  Flicks frame_duration() const;

  HlsGrid grid_;
  std::optional<FrameGrid> frames_;  // of video
};

}  // namespace longmen::cmaf
