// Makes the units of a feed from the PES packets of an Opus stream: each holds Opus packets behind
// control headers, which say how long they are. The first one that is in a PES packet has its time,
// the others follow by their lengths. What the encoder would have cut off at either end (trim) is
// left: it is some milliseconds of nearly nothing. Bounds: those of the PES packet. One thread.
// Source: "Opus in MPEG-TS" (wiki.xiph.org/OpusTS, ETSI draft 0.1.1), tables 6-1 and 6-2; RFC 6716
// §3.
#pragma once

#include <optional>
#include <vector>

#include "core/feed/h264_units.h"

namespace longmen::mpegts {

class OpusUnits {
 public:
  // Appends to `out`. Without a time the packet goes on where the one before ended. The reason, if
  // the rest of the payload could not be understood.
  Parsed<void> push(ByteSpan payload, std::optional<Flicks> pts, Monotonic arrival,
                    std::vector<FeedItem>& out);

 private:
  std::optional<Flicks> next_pts_;  // null: no packet had a time yet
  bool begun_ = false;
};

}  // namespace longmen::mpegts
