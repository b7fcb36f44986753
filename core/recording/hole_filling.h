// How a hole of a recording is filled from another node that has the segments: which are wanted,
// what of another one's manifest is one of them, and the bytes that came for it as the parts that
// are recorded. Nothing is taken that is not what the manifest says, in the names and cut as this
// recording has them. What is withdrawn is no hole. Pure. Bound: kMaxHoles.
#pragma once

#include <vector>

#include "core/recording/manifest.h"

namespace longmen::recording {

inline constexpr size_t kMaxHoles = 4096;

struct Hole {
  size_t track = 0;  // as in the info
  int64_t media_sequence = 0;
  bool operator==(const Hole&) const = default;
};
// Segments that are not whole, the oldest ones first; `tracks` as in `info`, which has ended.
std::vector<Hole> holes_of(const RecordingInfo& info, const std::vector<RecordedTrack>& tracks);

// Null: the other one does not have it.
const ManifestSegment* find_segment(const Manifest& manifest, const RecordingInfo& info,
                                    const Hole& hole);

struct FilledPart {
  PartRecord record;
  ByteSpan bytes;  // of what was given
};
// All parts of the hole's segment. The words say what is wrong with it.
Result<std::vector<FilledPart>> parts_of(const RecordingInfo& info, const Hole& hole,
                                         const ManifestSegment& of, ByteSpan segment);

}  // namespace longmen::recording
