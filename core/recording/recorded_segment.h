// One segment of one rendition as a recording has it: where each of its parts lies, the sizes of
// its samples (so that a progressive MP4 can be laid out without reading any media), and, of one
// that is whole, the SHA-256 of its bytes. And its record in the rendition's index, an append-only
// file: of two records of a segment the later one counts, so that a hole that was filled is one
// more record. Pure. Bounds: kMaxPartsInSegment, kMaxSamplesInPart, kMaxRecordBytes.
// Record: u32 size of the body, 8 bytes of the body's SHA-256, body.
// Body: u8 1, u8 rendition, u8 flags (2: discontinuity), u8 parts, u64 media sequence, u64
// generation, u64 init, SHA-256 (zeros: not whole); then for each part u64 offset, u32 size (0: a
// hole, and nothing follows), u32 media bytes at its end, u8 flags (1: independent), u8 samples,
// and of each sample u32: 1 bit sync, 7 bits frames that it lasts, 24 bits size.
#pragma once

#include <optional>
#include <vector>

#include "core/base/sha256_stream.h"
#include "core/recording/part_trailer.h"

namespace longmen::recording {

inline constexpr size_t kMaxPartsInSegment = 10;  // 2 s of 200 ms
inline constexpr size_t kMaxSamplesInPart = 64;
inline constexpr size_t kRecordHeaderBytes = 12;
inline constexpr size_t kMaxRecordBytes = 4096;
// A media file of a rendition has this many segments at most; its number is that of the first one
// divided by this.
inline constexpr int64_t kSegmentsInFile = 300;

struct RecordedSample {
  uint32_t bytes = 0;   // below 2^24
  uint32_t frames = 1;  // of the track's grid; below 128
  bool sync = false;
  bool operator==(const RecordedSample&) const = default;
};

struct RecordedPart {
  uint64_t offset = 0;  // in the media file
  uint32_t bytes = 0;   // 0: a hole
  uint32_t media_bytes = 0;
  bool independent = false;
  std::vector<RecordedSample> samples;
  bool operator==(const RecordedPart&) const = default;
};

struct RecordedSegment {
  RenditionId rendition;
  int64_t media_sequence = 0;
  Generation generation;
  uint64_t init = 0;
  bool discontinuity = false;
  Sha256Digest sha256{};
  std::vector<RecordedPart> parts;  // all that the grid has

  bool is_whole() const;
  // How many parts are there from the first one on without a hole.
  int whole_parts() const;
  // How many of those can be decoded: none when the first one begins with no keyframe.
  int playable_parts() const;
  uint64_t bytes() const;
  int64_t file() const { return media_sequence / kSegmentsInFile; }
  bool operator==(const RecordedSegment&) const = default;
};

// What a media file holds of `chunk`, one CMAF chunk of our own writer (core/cmaf/chunk.h).
// kMalformed: it is none, or a sample lasts no whole frames. kTooLarge.
Parsed<RecordedPart> describe_chunk(ByteSpan chunk, uint64_t offset, uint32_t frame_ticks);

void write_segment_record(const RecordedSegment& segment, Bytes& out);
struct ReadRecord {
  RecordedSegment segment;
  size_t bytes = 0;  // that it took
};
// The record at the beginning of `bytes`: kTruncated, kMalformed, kNotAuthenticated.
Parsed<ReadRecord> read_segment_record(ByteSpan bytes);

}  // namespace longmen::recording
