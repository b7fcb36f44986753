// One CMAF chunk: prft, moof and mdat of consecutive samples of one track. Everything in it follows
// from the samples and their place on the line of time; no clock, counter or chance has a part.
// Chunks one after the other are a segment. Pure.
// Sources: ISO/IEC 14496-12 §8.8 (moof, default-base-is-moof, tfdt), §8.16.5 (prft); 23000-19 §7.3.
#pragma once

#include <span>

#include "core/base/bytes.h"
#include "core/time/media_time.h"

namespace longmen::cmaf {

struct ChunkSample {
  uint32_t bytes = 0;
  uint32_t duration = 0;  // ticks of the track
  bool sync = true;       // a decoder can begin here
};

struct Chunk {
  uint32_t sequence = 0;                 // mfhd; grows from chunk to chunk, modulo 2^32
  uint64_t decode_time = 0;              // tfdt: ticks of the track since the Unix epoch
  MediaTime capture;                     // prft: when the first sample came to the encoder
  std::span<const ChunkSample> samples;  // at least one
  ByteSpan media;                        // all samples' bytes
};

Bytes write_chunk(const Chunk& chunk);

}  // namespace longmen::cmaf
