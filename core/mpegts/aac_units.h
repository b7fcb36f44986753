// Makes the units of a feed from the PES packets of an AAC stream in ADTS: one unit a raw frame,
// which may begin in one packet and end in the next. The first frame that begins in a packet has
// the packet's time; the others follow by the number of samples. Frames whose headers do not stand
// where the frame before says are searched for; a configuration that two headers in a row agree on
// becomes the track's. Bounds: one frame of kMaxAdtsFrameBytes is kept over. One thread. Source:
// ISO/IEC 14496-3 §1.A.3 (ADTS); ISO/IEC 13818-7 §6.2.
#pragma once

#include <optional>
#include <vector>

#include "core/feed/h264_units.h"

namespace longmen::mpegts {

inline constexpr size_t kMaxAdtsFrameBytes = (1 << 13) - 1;

struct AdtsHeader {
  uint8_t object_type = 2;  // MPEG-4 audio object type
  int sample_rate = 48'000;
  uint8_t channel_configuration = 2;
  size_t header_bytes = 7;
  size_t frame_bytes = 0;  // with the header
  bool same_stream(const AdtsHeader& other) const {
    return object_type == other.object_type && sample_rate == other.sample_rate &&
           channel_configuration == other.channel_configuration;
  }
};
// Of at least kAdtsHeaderBytes. kMalformed: no header; kUnsupported: channels in a program config
// element, several raw blocks in a frame, or SSR.
inline constexpr size_t kAdtsHeaderBytes = 7;
Parsed<AdtsHeader> read_adts_header(ByteSpan bytes);

class AacUnits {
 public:
  // Appends to `out`. Without a time the packet goes on where the one before ended. The reason, if
  // bytes had to be passed over.
  Parsed<void> push(ByteSpan payload, std::optional<Flicks> pts, Monotonic arrival,
                    std::vector<FeedItem>& out);
  // Packets are missing: the frame that was begun cannot be finished.
  void lose() { rest_.clear(); }

 private:
  void give(const AdtsHeader& header, ByteSpan frame, Flicks pts, Monotonic arrival,
            std::vector<FeedItem>& out);

  Bytes rest_;          // of a frame whose end comes with the next packet
  Flicks next_pts_{0};  // of the frame that follows those given
  std::optional<AdtsHeader> last_;
  std::optional<AdtsHeader> configured_;
};

}  // namespace longmen::mpegts
