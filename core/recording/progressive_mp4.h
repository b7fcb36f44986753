// A recording as one progressive MP4: the header (ftyp, moov with the whole sample table, the head
// of mdat) and, behind it, which bytes of which media files follow each other. So the file exists
// without being copied, and any range of it can be sent. Decides
// - what is in it: of what the replay lists (core/recording/replay_outline.h), the parts that its
//   playlists have, pictures and sound of a segment side by side. What lies between two parts in
//   their file, a trailer and the head of the next part, comes along in mdat, where no sample is of
//   it: so a segment is one piece and not one for each part, which is what sending it costs;
// - when it is: on the replay's timeline, so that captions and chapters of the one fit the other.
//   Of a hole that is listed, the last picture or sound before it lasts until the next one, so that
//   both stay in step; one that was cut out takes no time here either;
// - where the tracks begin: an edit list delays what begins after the replay does.
// Each parameter set that the recording ever had is a sample entry of its own. Knows no file.
// Bounds: those of the recording; kMaxEntries sample entries a track. Pure.
// Source: ISO/IEC 14496-12 §8 (moov, co64, elst), 14496-14, 14496-15.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/recording/recorded_track.h"
#include "core/recording/recording_info.h"
#include "core/recording/replay_outline.h"

namespace longmen::recording {

// By init segment's number, its bytes.
using InitBytes = std::map<uint64_t, std::shared_ptr<const Bytes>>;

struct Mp4Piece {
  uint64_t at = 0;  // in the MP4
  size_t track = 0;
  int64_t file = 0;
  uint64_t offset = 0;  // in that file
  uint64_t bytes = 0;
};

struct ProgressiveMp4 {
  Bytes header;
  std::vector<Mp4Piece> pieces;  // behind the header, without a hole between them
  uint64_t bytes = 0;            // of all
};

class ProgressiveMp4Layout {
 public:
  static constexpr size_t kMaxEntries = 32;

  // `outline`: of all of the recording's tracks. Both outlive it.
  ProgressiveMp4Layout(const RecordingInfo& info, const ReplayOutline& outline)
      : info_(info), outline_(outline) {}

  // At most one of video, and sounds, of which the first one plays until another is chosen; `track`
  // is an index into the info's tracks. kMalformed:
  // one of its init segments is missing or is none. kNotInCache: nothing of it is shown.
  Parsed<ProgressiveMp4> lay_out(const std::vector<std::pair<size_t, const RecordedTrack*>>& tracks,
                                 const InitBytes& inits) const;

 private:
  const RecordingInfo& info_;
  const ReplayOutline& outline_;
};

}  // namespace longmen::recording
