// The bodies of RTMP audio and video messages, which are the bodies of FLV tags: their headers,
// plain and enhanced, taken apart. Knows which codecs are accepted (H.264, H.265, AV1, AAC) and
// nothing about what came before. FLV 10.1 Annex E.4.2.1, E.4.3.1; Enhanced RTMP v2, ExAudio- and
// ExVideoTagHeader.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "core/base/bytes.h"
#include "core/base/drop_reason.h"
#include "core/feed/feed_unit.h"

namespace longmen::rtmp {

struct FlvTag {
  enum class Kind {
    kConfig,   // body: AVC-, HEVCDecoderConfigurationRecord, av1C or AudioSpecificConfig
    kFrame,    // body: length-prefixed NAL units, a temporal unit of OBUs, or one raw AAC frame
    kEnd,      // of the sequence
    kNothing,  // metadata, commands, a track that is not taken
  };
  Kind kind = Kind::kNothing;
  FeedCodec codec = FeedCodec::kH264;
  bool keyframe = false;
  int32_t composition_ms = 0;  // pts - dts
  uint32_t nanoseconds = 0;    // to add to the message's timestamp; below 1,000,000
  ByteSpan body;               // within the bytes that were read
};

struct FlvProblem {
  DropReason reason = DropReason::kNone;
  std::string codec;  // not empty: the sender uses this codec, which is not accepted here
};

template <class T>
using FlvResult = tl::expected<T, FlvProblem>;

inline tl::unexpected<FlvProblem> flv_problem(DropReason reason, std::string codec = {}) {
  return tl::unexpected<FlvProblem>(FlvProblem{reason, std::move(codec)});
}

FlvResult<FlvTag> read_video_tag(ByteSpan bytes);
FlvResult<FlvTag> read_audio_tag(ByteSpan bytes);

}  // namespace longmen::rtmp
