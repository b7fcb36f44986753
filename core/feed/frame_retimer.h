// Decides which decoded frame is shown in which slot of the channel's frame grid: slots come out
// strictly consecutive, forever, whatever the feed does. A frame that fills the next slot goes out
// at once; a slot that has no frame by its deadline repeats the last one (or the newest frame that
// came too late for its own slot); without a picture for `lost_after` slots come out empty, for the
// slate; while the feed's sound goes on, after `lost_beside_sound` (a browser sends a screen on
// which nothing moves once a second). It knows frames as tokens only, and no feed time: frames come
// mapped (feed_clock.h).
//
// Half-frame hysteresis: a feed near the grid's rate (or a multiple of it) keeps its phase until it
// is half a slot off, and is then moved only when another half slot off (one repeat or one drop);
// jitter does not flip it to and fro. Other rates go to the nearest slot.
// Bounds: kMaxPending frames wait for poll(). Thread: one of the streamer's.
// Order: push() or nothing, then poll() until it gives nothing, then wait for next_deadline().
// Source: docs/TIMELINE.md §10.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "core/time/frame_grid.h"

namespace longmen {

using FrameToken = uint64_t;  // the caller's; later frames have greater ones

enum class SlotPicture : uint8_t {
  kFrame,   // `token`, for the first time
  kRepeat,  // `token`, as in the slot before
  kNone,    // no picture: the feed is lost or has not begun
};

struct FrameSlot {
  SlotIndex slot = 0;
  MediaTime time;
  SlotPicture picture = SlotPicture::kNone;
  FrameToken token = 0;
};

// A browser sends a screen on which nothing moves once a second: while sound of the feed comes, a
// picture stands for so long.
inline constexpr std::chrono::milliseconds kPictureBesideSound{2500};

struct FrameRetimerOptions {
  // Slot k goes out at the latest `wait` and half a slot after its media time.
  Flicks wait = std::chrono::milliseconds(60);
  Flicks lost_after = std::chrono::milliseconds(500);
  Flicks lost_beside_sound = kPictureBesideSound;
  // A frame mapped further than this past `now` is refused: sound that comes so much later
  // (FeedClock::kMaxTracksApart) has pictures wait for it, and they may be reordered besides.
  Flicks max_early = std::chrono::milliseconds(1250);
};

struct FrameRetimerCounts {
  uint64_t shown = 0;     // slots with a new frame
  uint64_t late = 0;      // of these, frames shown at a deadline because their slot had gone
  uint64_t repeated = 0;  // slots
  uint64_t empty = 0;     // slots
  uint64_t dropped = 0;   // frames that were never shown
};

class FrameRetimer {
 public:
  static constexpr size_t kMaxPending = 80;  // of all that may be early, at 60 a second
  // Before their latest time slots go out kAtOnce at once and a little faster than real time from
  // then on: a feed that is suddenly early is not put on air in one burst, which no encoder takes.
  static constexpr int kAtOnce = 3;

  // The first slot is the first one at or after `start`.
  FrameRetimer(FrameGrid grid, MediaTime start, FrameRetimerOptions options = {});

  // A decoded frame, in display order; `mapped` is its media time. False: it is refused, and its
  // token will not be named.
  bool push(FrameToken token, MediaTime mapped, MediaTime now);
  // Sound of the same feed came.
  void heard(MediaTime now) { last_heard_ = now; }
  std::optional<FrameSlot> poll(MediaTime now);
  // When poll() has something to give even if no further frame comes.
  MediaTime next_deadline() const;
  // The mapping of feed time has stepped (FeedClockEvent): forget the feed's rate and phase.
  void forget_cadence();

  SlotIndex next_slot() const { return next_slot_; }
  // Frames with smaller tokens will not be named again.
  FrameToken oldest_needed() const { return shown_.value_or(0); }
  const FrameRetimerCounts& counts() const { return counts_; }

 private:
  struct Pending {
    SlotIndex slot;
    FrameToken token;
  };

  void measure(MediaTime mapped);
  bool keeps_phase() const;
  void keep_late(FrameToken token);
  FrameSlot show(FrameToken token);
  FrameSlot fill(MediaTime now);

  FrameGrid grid_;
  FrameRetimerOptions options_;
  SlotIndex next_slot_;
  std::deque<Pending> pending_;      // strictly ascending slots, at or after next_slot_
  MediaTime next_early_;             // before it none of them goes out, but for its deadline
  std::optional<FrameToken> late_;   // newer than all pending ones; came after its slot
  std::optional<FrameToken> shown_;  // last one shown
  MediaTime last_push_;
  std::optional<MediaTime> last_heard_;
  std::optional<MediaTime> last_mapped_;
  Flicks interval_;   // between frames of the feed, smoothed
  int measured_ = 0;  // how many intervals that comes from, up to a bound
  Flicks phase_{0};   // of the last frame against its slot, at most half a slot
  FrameRetimerCounts counts_;
};

}  // namespace longmen
