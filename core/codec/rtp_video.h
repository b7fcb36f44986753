// The picture codecs that are read from RTP: what an offer is answered with, and how payloads are
// put together (core/rtp/frame_assembler.h).
#pragma once

#include <array>
#include <cstdint>

#include "core/base/names.h"

namespace longmen {

enum class RtpVideo : uint8_t { kH264, kVp8, kVp9, kH265 };
inline constexpr std::array kRtpVideoNames{
    Named{RtpVideo::kH264, "H264"}, Named{RtpVideo::kVp8, "VP8"}, Named{RtpVideo::kVp9, "VP9"},
    Named{RtpVideo::kH265, "H265"}};

}  // namespace longmen
