// A clip: a range of a recording as a recording of its own, without a copy of any media. Its folder
// has hard links to the media files that hold the range, an index of the segments that are shown of
// it, and a manifest. So it plays, downloads and leaves as a package like any other; it stays when
// the recording goes, and then keeps of the disk what it is made of (of a media file, what is
// shown of a recording that has ended is never touched again). What was withdrawn before it was
// made is not in it. Of the captions it has what falls on it. Blocking.
#pragma once

#include "gateway/recordings.h"

namespace longmen {

struct ClipOrder {
  std::string id, session, title, series;
  recording::TimeRange range;
  // What control knows to be withdrawn and trimmed; the orders may be on their way.
  std::vector<recording::TimeRange> withdrawn;
  recording::TimeRange shown;
  int keep_days = 0;  // of the series
  int64_t now_ms = 0;
};
// Below `root`; `media` as it was read of `source`, which has ended. What the clip is.
Result<recording::RecordingInfo> make_clip_files(const std::string& root,
                                                 const recording::RecordingInfo& source,
                                                 const RecordingMedia& media,
                                                 const ClipOrder& order);

}  // namespace longmen
