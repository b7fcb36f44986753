#include "core/rtp/frame_assembler.h"

#include "core/codec/h264.h"
#include "core/codec/h265.h"

namespace longmen {
namespace {

bool has_idr(ByteSpan annex_b) {
  std::vector<ByteSpan> nals;
  if (!h264::split_annex_b(annex_b, nals)) return false;
  for (ByteSpan nal : nals)
    if (h264::nal_type(nal) == h264::NalType::kIdr) return true;
  return false;
}

}  // namespace

void FrameAssembler::restart() {
  switch (codec_) {
    case RtpVideo::kH264:
      assembler_.emplace<H264Assembler>();
      break;
    case RtpVideo::kH265:
      assembler_.emplace<H265Assembler>();
      break;
    case RtpVideo::kVp8:
      assembler_.emplace<Vp8Assembler>();
      break;
    case RtpVideo::kVp9:
      assembler_.emplace<Vp9Assembler>();
      break;
  }
}

bool FrameAssembler::is_keyframe(ByteSpan frame) const {
  switch (codec_) {
    case RtpVideo::kH264:
      return has_idr(frame);
    case RtpVideo::kH265:
      return h265::has_irap(frame);
    case RtpVideo::kVp8:
      return is_vp8_keyframe(frame);
    case RtpVideo::kVp9:
      return is_vp9_keyframe(frame);
  }
  return false;
}

}  // namespace longmen
