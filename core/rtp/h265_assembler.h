// Puts access units of H.265 together from the payloads of RTP, pushed in sequence order: single
// NAL units, aggregation packets, fragments; without decoding order numbers, as encoders that show
// what they make send it (sprop-max-don-diff=0). One access unit an object. Bounds:
// kMaxMediaUnitBytes. Source: RFC 7798 §4.4.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen {

class H265Assembler {
 public:
  Parsed<void> push(ByteSpan payload);
  // With four-byte start codes; kTruncated while a fragmented NAL unit is not at its end.
  Parsed<Bytes> finish();

 private:
  Parsed<void> push_fragment(ByteSpan payload);

  Bytes annex_b_;
  bool in_fragment_ = false;
};

}  // namespace longmen
