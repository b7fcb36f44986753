// What a player would learn from the bytes of an init segment and of parts, whoever wrote them:
// timescale, when a part's samples begin and how long they last, whether a decoder can begin there.
// For holding a server to what its playlists say; no sample is looked at. One track.
// Bounds: kMaxSamples in one part; spans point into the caller's bytes. Pure.
// Source: ISO/IEC 14496-12 §4.2, §8.4.2, §8.4.3, §8.5.2, §8.8, §8.12.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/cmaf/chunk.h"

namespace longmen::cmaf {

inline constexpr uint32_t kMaxSamples = 1 << 20;

struct TrackHeader {
  uint32_t timescale = 0;         // never 0
  uint32_t default_duration = 0;  // of trex; 0: none
  uint32_t default_flags = 0;
};
// kMalformed: no moov, or no timescale in it.
Parsed<TrackHeader> read_track_header(ByteSpan init_segment);

// The first sample entry of an init segment, with its own header. kMalformed: there is none of a
// size that one has.
Parsed<ByteSpan> find_sample_entry(ByteSpan init_segment);

// The sample formats of all tracks of sound, pictures and subtitles, from anybody's init segment:
// "avc1", "mp4a"; of what is encrypted, what it is. At most kMaxFormats.
inline constexpr size_t kMaxFormats = 64;
std::set<std::string> read_sample_formats(ByteSpan init_segment);

// The body of the avcC of an init segment of H.264. kUnsupported: it is of something else.
Parsed<ByteSpan> find_avc_configuration(ByteSpan init_segment);

// RFC 6381, of what our own writer writes: "avc1.64001f", "mp4a.40.2". kUnsupported: anything else.
Parsed<std::string> read_codec(ByteSpan init_segment);

struct ChunkTiming {
  uint64_t decode_time = 0;  // of the first sample, ticks
  uint64_t duration = 0;     // of all samples, ticks
  uint32_t samples = 0;
  bool independent = false;          // the first sample is a sync sample
  bool default_base_is_moof = true;  // of every chunk
};
// Of all chunks in it, which must follow each other: kMalformed otherwise, or without any.
Parsed<ChunkTiming> read_chunk_timing(ByteSpan part, const TrackHeader& track);

// A segment as its chunks, each up to the end of an mdat. kMalformed: something is behind the last
// one. kTooLarge: more than `most`.
Parsed<std::vector<ByteSpan>> split_chunks(ByteSpan segment, size_t most);

// Of one chunk of our own writer, whose media is its end: each sample's size, duration and whether
// it is a sync sample. kMalformed: anything else. kTooLarge: more than kMaxSamples.
struct ChunkSamples {
  uint64_t decode_time = 0;
  std::vector<ChunkSample> samples;
  uint32_t media_bytes = 0;
};
Parsed<ChunkSamples> read_chunk_samples(ByteSpan chunk);

}  // namespace longmen::cmaf
