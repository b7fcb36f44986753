// A channel's slate, encoded ahead: a loop of every rendition, read from a file that the streamer's
// code wrote. A loop is 8 s, or a multiple of it for a clip: in 8 s there are whole frames of AAC
// and Opus, and whole GOPs. It decides where in its loop a media time falls: loop n = floor(media
// time / length); a unit's time is n x length + its time in the file, its sequence n x (packets of
// its rendition in a loop) + its sequence in the file. So every relay plays the same packets at the
// same time. Immutable once read. It reads no file (net/slate_file.h). Bounds: kMaxSlateBytes,
// kMaxSlateUnits, kMaxSlateLoop.
// File: "LMSLATE1", then records of u32 length (big-endian) and body: first the generation's JSON,
// with "loop_seconds", 8 without, and "still" when all pictures are one; then units in their wire
// form (core/media/media_unit.h), times from 0 to the loop's end, sequences from 0.
// Source: docs/TIMELINE.md.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/media/generation_announcement.h"
#include "core/media/media_unit.h"
#include "core/slate/slate_occasion.h"

namespace longmen {

inline constexpr size_t kMaxSlateBytes = 192 << 20;
inline constexpr size_t kMaxSlateUnits = 65536;
inline constexpr Flicks kSlateLoop = std::chrono::seconds(8);
inline constexpr Flicks kMaxSlateLoop = 16 * kSlateLoop;
inline constexpr std::string_view kSlateMagic = "LMSLATE1";

class Slate {
 public:
  // Of a unit in endless play.
  struct Position {
    int64_t loop = 0;
    size_t index = 0;
  };

  // With the pictures and the sound of one codec.
  static Result<std::shared_ptr<const Slate>> parse(ByteSpan bytes,
                                                    RenditionId sound = kOpusRendition);

  const GenerationAnnouncement& announcement() const { return announcement_; }
  Flicks loop() const { return loop_; }
  bool is_still() const { return still_; }
  // The newest keyframe at or before `time`: from there on the picture can be decoded.
  Position keyframe_before(MediaTime time) const;
  Position next(Position position) const;
  MediaTime time_of(Position position) const;
  MediaUnitPtr unit(Position position) const;
  // Of one rendition, what starts within [from, until).
  std::vector<MediaUnitPtr> units(RenditionId rendition, MediaTime from, MediaTime until) const;

 private:
  Slate() = default;
  Result<void> check_and_sort();

  GenerationAnnouncement announcement_;
  Flicks loop_ = kSlateLoop;
  bool still_ = false;
  std::vector<MediaUnit> units_;  // by time
  std::array<uint64_t, 256> packets_per_loop_{};
};

// Null: there is none.
using SlateSet = OfOccasions<std::shared_ptr<const Slate>>;

}  // namespace longmen
