#include "core/recording/recorded_segment.h"

#include <openssl/sha.h>

#include <algorithm>

#include "core/cmaf/chunk_reader.h"

namespace longmen::recording {
namespace {

constexpr uint8_t kRecordVersion = 1;
constexpr uint8_t kBeginsDiscontinuity = 2;
constexpr uint8_t kPartIsIndependent = 1;
constexpr size_t kRecordDigestBytes = 8;
constexpr uint32_t kMaxSampleBytes = (1 << 24) - 1;
constexpr uint32_t kMaxFrames = 127;

uint32_t word_of(const RecordedSample& sample) {
  return (sample.sync ? 1U << 31 : 0) | sample.frames << 24 | sample.bytes;
}
RecordedSample sample_of(uint32_t word) {
  return {word & kMaxSampleBytes, word >> 24 & kMaxFrames, word >> 31 != 0};
}

Bytes body_of(const RecordedSegment& segment) {
  Bytes body;
  ByteWriter writer(body);
  writer.u8(kRecordVersion);
  writer.u8(segment.rendition.value);
  writer.u8(segment.discontinuity ? kBeginsDiscontinuity : 0);
  writer.u8(segment.parts.size());
  writer.u64(static_cast<uint64_t>(segment.media_sequence));
  writer.u64(segment.generation.value);
  writer.u64(segment.init);
  writer.bytes(segment.sha256);
  for (const RecordedPart& part : segment.parts) {
    writer.u64(part.offset);
    writer.u32(part.bytes);
    if (part.bytes == 0) continue;
    writer.u32(part.media_bytes);
    writer.u8(part.independent ? kPartIsIndependent : 0);
    writer.u8(part.samples.size());
    for (const RecordedSample& sample : part.samples)
      writer.u32(word_of(sample));
  }
  return body;
}

// Whether what follows from a part's size does.
bool holds(const RecordedPart& part) {
  uint64_t media = 0;
  for (const RecordedSample& sample : part.samples) {
    if (sample.frames == 0) return false;
    media += sample.bytes;
  }
  return !part.samples.empty() && part.samples.size() <= kMaxSamplesInPart &&
         media == part.media_bytes && part.media_bytes < part.bytes &&
         part.offset + part.bytes > part.offset;
}

Parsed<RecordedPart> read_part(ByteReader& reader) {
  RecordedPart part;
  part.offset = reader.u64();
  part.bytes = reader.u32();
  if (part.bytes == 0) return part;
  part.media_bytes = reader.u32();
  part.independent = reader.u8() & kPartIsIndependent;
  const size_t samples = reader.u8();
  if (samples > kMaxSamplesInPart) return drop(DropReason::kTooLarge);
  for (size_t i = 0; i < samples && reader.ok(); ++i)
    part.samples.push_back(sample_of(reader.u32()));
  if (!reader.ok() || !holds(part)) return drop(DropReason::kMalformed);
  return part;
}

}  // namespace

bool RecordedSegment::is_whole() const {
  return whole_parts() == static_cast<int>(parts.size()) && !parts.empty();
}

int RecordedSegment::whole_parts() const {
  const auto hole = std::ranges::find(parts, 0U, &RecordedPart::bytes);
  return static_cast<int>(hole - parts.begin());
}

int RecordedSegment::playable_parts() const {
  const int there = whole_parts();
  return there > 0 && parts.front().independent ? there : 0;
}

uint64_t RecordedSegment::bytes() const {
  uint64_t sum = 0;
  for (const RecordedPart& part : parts)
    sum += part.bytes;
  return sum;
}

Parsed<RecordedPart> describe_chunk(ByteSpan chunk, uint64_t offset, uint32_t frame_ticks) {
  const auto samples = cmaf::read_chunk_samples(chunk);
  if (!samples) return drop(samples.error());
  if (samples->samples.size() > kMaxSamplesInPart || chunk.size() > UINT32_MAX)
    return drop(DropReason::kTooLarge);
  RecordedPart part;
  part.offset = offset;
  part.bytes = static_cast<uint32_t>(chunk.size());
  part.media_bytes = samples->media_bytes;
  for (const cmaf::ChunkSample& sample : samples->samples) {
    const uint32_t frames = sample.duration / frame_ticks;
    if (sample.bytes > kMaxSampleBytes || frames == 0 || frames > kMaxFrames ||
        frames * frame_ticks != sample.duration)
      return drop(DropReason::kMalformed);
    part.samples.push_back({sample.bytes, frames, sample.sync});
  }
  if (!holds(part)) return drop(DropReason::kMalformed);
  part.independent = part.samples.front().sync;
  return part;
}

void write_segment_record(const RecordedSegment& segment, Bytes& out) {
  const Bytes body = body_of(segment);
  ByteWriter writer(out);
  writer.u32(body.size());
  Sha256Stream digest;
  digest.update(body);
  writer.bytes(ByteSpan(digest.finish()).first(kRecordDigestBytes));
  writer.bytes(body);
}

Parsed<ReadRecord> read_segment_record(ByteSpan bytes) {
  ByteReader reader(bytes);
  const size_t size = reader.u32();
  const ByteSpan digest = reader.take(kRecordDigestBytes);
  if (reader.ok() && size > kMaxRecordBytes) return drop(DropReason::kMalformed);
  const ByteSpan body = reader.take(size);
  if (!reader.ok()) return drop(DropReason::kTruncated);
  Sha256Stream expected;
  expected.update(body);
  if (!std::ranges::equal(ByteSpan(expected.finish()).first(kRecordDigestBytes), digest))
    return drop(DropReason::kNotAuthenticated);

  ByteReader in(body);
  RecordedSegment segment;
  const uint8_t version = in.u8();
  segment.rendition.value = in.u8();
  segment.discontinuity = in.u8() & kBeginsDiscontinuity;
  const size_t parts = in.u8();
  segment.media_sequence = static_cast<int64_t>(in.u64());
  segment.generation.value = in.u64();
  segment.init = in.u64();
  const ByteSpan sha256 = in.take(segment.sha256.size());
  if (!in.ok() || version != kRecordVersion || parts == 0 || parts > kMaxPartsInSegment ||
      segment.media_sequence < 0)
    return drop(DropReason::kMalformed);
  std::ranges::copy(sha256, segment.sha256.begin());
  for (size_t i = 0; i < parts; ++i) {
    auto part = read_part(in);
    if (!part) return drop(part.error());
    segment.parts.push_back(std::move(*part));
  }
  if (!in.ok() || !in.at_end()) return drop(DropReason::kMalformed);
  return ReadRecord{std::move(segment), kRecordHeaderBytes + size};
}

}  // namespace longmen::recording
