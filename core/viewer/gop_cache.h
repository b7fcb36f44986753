// The newest units of one rendition of a channel, in the order in which they came: those since the
// last keyframe, from which viewers join, and a history from which lost packets are repeated. Units
// have positions that count up for ever, also across generations; viewers are cursors into it, so
// nothing is queued per viewer. It does not know viewers.
// Bounds: kMaxCacheBytes, kMaxCacheUnits, and kHistory of media time except for the current GOP. A
// GOP that outgrows the bounds is not joinable any more. One per shard and rendition; one thread.
#pragma once

#include <deque>
#include <optional>

#include "core/bandwidth/bitrate.h"
#include "core/media/media_unit.h"

namespace longmen {

inline constexpr size_t kMaxCacheBytes = 16 << 20;  // two GOPs of 2 s at 20 Mbit/s, and room
inline constexpr size_t kMaxCacheUnits = 1024;
inline constexpr Flicks kHistory = std::chrono::milliseconds(1500);

// A packet inside a unit that the cache still holds.
struct CachedPacket {
  const MediaUnit* unit = nullptr;
  size_t index = 0;  // in unit->packets
};

class GopCache {
 public:
  // `unit` follows the previous one; a hole in its generation's sequence makes the GOP unjoinable
  // up to the next keyframe.
  void push(MediaUnitPtr unit);

  // Positions [begin(), end()) are held.
  uint64_t begin() const { return begin_; }
  uint64_t end() const { return begin_ + units_.size(); }
  const MediaUnitPtr& at(uint64_t position) const { return units_[position - begin_].unit; }

  // Of the newest keyframe when all units since then are held and of one generation; else empty.
  std::optional<uint64_t> gop_begin() const { return gop_begin_; }
  // Of the newest unit; zero when there is none.
  Generation generation() const;

  // Valid until the next push().
  std::optional<CachedPacket> find(Generation generation, PacketSequence sequence) const;

  size_t size_bytes() const { return bytes_; }
  // What the units from `position` (held) on take on the wire.
  size_t wire_bytes_from(uint64_t position) const;
  // On the wire, of the last GOPs; none before the generation's second keyframe. For sound, whose
  // every unit is one, of the last frames.
  std::optional<Bitrate> rate() const { return rate_; }
  // When the next keyframe is to be expected, if GOPs go on being as long as the last one: so long
  // after the newest unit. None before the generation's second keyframe.
  std::optional<Flicks> until_keyframe() const;

 private:
  struct Entry {  // what find() compares lies here, not behind the pointer
    Generation generation;
    PacketSequence first_sequence = 0;
    PacketSequence end_sequence = 0;
    uint64_t end_wire_bytes = 0;  // of all that was ever pushed, up to its end
    MediaUnitPtr unit;
  };
  bool front_is_dispensable() const;
  void evict();
  void measure_rate(const MediaUnit& unit, bool continues);

  std::deque<Entry> units_;
  uint64_t begin_ = 0;
  std::optional<uint64_t> gop_begin_;
  size_t bytes_ = 0;
  uint64_t wire_bytes_ = 0;
  std::optional<Bitrate> rate_;
  std::optional<Flicks> gop_duration_;      // of the last whole one
  std::optional<MediaTime> keyframe_time_;  // with what was on the wire before that keyframe
  uint64_t keyframe_wire_bytes_ = 0;
};

}  // namespace longmen
