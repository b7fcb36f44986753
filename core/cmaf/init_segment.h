// The init segment of one track (a CMAF header): what a decoder must know before the first sample,
// and nothing that depends on when it was written. So two gateways make the same bytes of the same
// parameter sets, and it is named by a hash of them. Times of tracks count from the Unix epoch
// (docs/TIMELINE.md §8), so there is no edit list. Pure functions.
// Sources: ISO/IEC 14496-12 §8; 14496-14 §6.7 (mp4a, esds); 14496-15 §5.4 (avc1, avcC); 23000-19
// §7.3 (CMAF).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/codec/aac.h"
#include "core/codec/h264.h"

namespace longmen::cmaf {

// Part of the names of everything that is written here. To be counted up when the same units give
// other bytes than before, so that no cache has two things under one name.
inline constexpr int kWriterVersion = 1;

inline constexpr uint32_t kTrackId = 1;  // each track is a file of its own

struct InitSegment {
  Bytes bytes;
  std::string name;   // 16 hexadecimal digits: of SHA-256 of `bytes`
  std::string codec;  // RFC 6381
};
using InitSegmentPtr = std::shared_ptr<const InitSegment>;

// kMalformed and others when the SPS cannot be read.
Parsed<InitSegmentPtr> make_video_init(const h264::DecoderConfiguration& configuration);
// AAC at 48 kHz. `language` is a tag of BCP 47; empty: it is not known.
InitSegmentPtr make_audio_init(const aac::AudioConfig& config, std::string_view language = {});

}  // namespace longmen::cmaf
