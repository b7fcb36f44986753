// Put frames of VP8 and VP9 together from the payloads of RTP, pushed in sequence order, one frame
// an object; what is missing before or behind them is the caller's to know. Of VP9 a frame is a
// picture: its spatial layers, if it has several, follow each other, as libvpx takes them. The
// headers of the frames themselves say which a decoder can begin with; descriptors could lie.
// Bounds: kMaxMediaUnitBytes. Sources: RFC 7741 §4.2-4.3, RFC 6386 §9.1; RFC 9628 §4.2, VP9
// bitstream specification §6.2.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen {

class Vp8Assembler {
 public:
  Parsed<void> push(ByteSpan payload);
  Parsed<Bytes> finish();

 private:
  Bytes frame_;
};

class Vp9Assembler {
 public:
  Parsed<void> push(ByteSpan payload);
  Parsed<Bytes> finish();

 private:
  Bytes picture_;
  bool in_layer_ = false;
};

// Whether a decoder can begin with it.
bool is_vp8_keyframe(ByteSpan frame);
bool is_vp9_keyframe(ByteSpan picture);

}  // namespace longmen
