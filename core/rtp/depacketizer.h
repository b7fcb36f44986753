// Puts the access unit of a MediaUnit together again, for recorder and HLS, and for tests as the
// packetizer's inverse. It takes payloads in order; what is missing is the caller's to know.
// Bounds: kMaxMediaUnitBytes. Sources: RFC 6184 §5.6-5.8, RFC 3640 §3.2.
#pragma once

#include "core/media/media_unit.h"

namespace longmen {

// One frame from its payloads, pushed in sequence order. Parameter sets come out like any NAL unit.
class H264Assembler {
 public:
  Parsed<void> push(ByteSpan payload);
  // With four-byte start codes; kTruncated while a fragmented NAL unit is not at its end.
  Parsed<Bytes> finish();

 private:
  Bytes annex_b_;
  bool in_fragment_ = false;
};

// The access unit of a whole MediaUnit: Annex B for H.264; the raw AAC frame or Opus packet.
Parsed<Bytes> h264_access_unit(const MediaUnit& unit);
Parsed<Bytes> aac_frame(const MediaUnit& unit);
Parsed<Bytes> opus_packet(const MediaUnit& unit);

}  // namespace longmen
