// Makes the units of a feed from the PES packets of a codec that is passed on as it is: one unit a
// packet, which holds a whole picture, or some frames of sound. All that a decoder must know is in
// band, so the track's configuration is empty. Of pictures only so much is read as tells those that
// a decoder can begin with; nothing is given before one. Bounds: kMaxFeedUnitBytes. One thread.
// Source: ITU-T H.265 §7.4.2.2 (IRAP pictures), Annex B; ITU-T H.262 §6.2.2 (sequence header).
#pragma once

#include <optional>
#include <vector>

#include "core/feed/h264_units.h"

namespace longmen::mpegts {

class WholeUnits {
 public:
  explicit WholeUnits(FeedCodec codec) : codec_(codec) {}

  // Appends to `out`. Without a time there is no unit: kUnsupported.
  Parsed<void> push(ByteSpan payload, std::optional<Flicks> pts, std::optional<Flicks> dts,
                    Monotonic arrival, std::vector<FeedItem>& out);

 private:
  FeedCodec codec_;
  bool begun_ = false;
};

}  // namespace longmen::mpegts
