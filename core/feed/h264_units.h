// Makes the units of a feed from H.264 with start codes, as the PES packets of a transport stream
// and the frames of RTP hold it: parts it into access units, gathers parameter sets into the
// track's configuration, and turns start codes into lengths. What is pushed holds whole access
// units, as broadcasting demands and every encoder in use does; the first has the times given,
// those after it follow at the stream's frame rate. Nothing is given before the first picture that
// a decoder can begin with (an IDR picture, or one marked as a recovery point by itself); a changed
// configuration holds from such a picture on. Bounds: those of core/codec/h264.h,
// kMaxFeedUnitBytes. One thread. Source: ITU-T H.264 (08/2021) §7.4.1.2.3 (where an access unit
// begins), §D.1.8 (recovery point), Annex B; ITU-T H.222.0 §2.14; ETSI TS 101 154 §5.5.
#pragma once

#include <map>
#include <variant>
#include <vector>

#include "core/codec/h264.h"
#include "core/feed/feed_unit.h"

namespace longmen {

using FeedItem = std::variant<FeedTrack, FeedUnit>;

class H264Units {
 public:
  // Appends what `annex_b` gives to `out`. kMalformed: it does not begin with a start code, or has
  // a parameter set that is none; what could be read of it was given all the same.
  Parsed<void> push(ByteSpan annex_b, Flicks pts, Flicks dts, Monotonic arrival,
                    std::vector<FeedItem>& out);

 private:
  struct Picture;
  void finish(const Picture& picture, Flicks pts, Flicks dts, Monotonic arrival,
              std::vector<FeedItem>& out);
  bool keep_sps(ByteSpan nal);
  bool keep_pps(ByteSpan nal);

  struct PictureSet {
    uint32_t sps_id;
    Bytes nal;
  };
  std::map<uint32_t, Bytes> sps_;
  std::map<uint32_t, PictureSet> pps_;
  bool sets_changed_ = false;
  bool configured_ = false;
  Bytes config_;
  Flicks picture_duration_ = std::chrono::milliseconds(40);
  std::vector<ByteSpan> nals_;
};

}  // namespace longmen
