// Puts one frame together from its RTP payloads, pushed in sequence order, whatever its codec:
// H.264 and H.265 come out with start codes, a frame of VP8 or a picture of VP9 as it is. Says
// whether a decoder can begin with it. Bounds: those of its parts. One thread.
#pragma once

#include <variant>

#include "core/codec/rtp_video.h"
#include "core/rtp/depacketizer.h"
#include "core/rtp/h265_assembler.h"
#include "core/rtp/vpx_assembler.h"

namespace longmen {

class FrameAssembler {
 public:
  explicit FrameAssembler(RtpVideo codec = RtpVideo::kH264) : codec_(codec) { restart(); }

  Parsed<void> push(ByteSpan payload) {
    return std::visit([&](auto& assembler) { return assembler.push(payload); }, assembler_);
  }
  Parsed<Bytes> finish() {
    return std::visit([](auto& assembler) { return assembler.finish(); }, assembler_);
  }
  // The next payload begins another frame.
  void restart();
  // Of what finish() gave.
  bool is_keyframe(ByteSpan frame) const;

 private:
  RtpVideo codec_;
  std::variant<H264Assembler, H265Assembler, Vp8Assembler, Vp9Assembler> assembler_;
};

}  // namespace longmen
