#include "core/recording/hole_filling.h"

#include <algorithm>

#include "core/base/hex.h"
#include "core/base/sha256_stream.h"
#include "core/cmaf/chunk_reader.h"
#include "core/cmaf/init_segment.h"
#include "core/hls/media_name.h"

namespace longmen::recording {

std::vector<Hole> holes_of(const RecordingInfo& info, const std::vector<RecordedTrack>& tracks) {
  std::vector<Hole> holes;
  for (int64_t number = info.first_segment(); number < info.end_segment(); ++number) {
    if (info.is_withdrawn(number)) continue;
    for (size_t track = 0; track < tracks.size(); ++track) {
      const RecordedSegment* segment = tracks[track].find(number);
      if (segment && segment->is_whole()) continue;
      if (holes.size() == kMaxHoles) return holes;
      holes.push_back({track, number});
    }
  }
  return holes;
}

const ManifestSegment* find_segment(const Manifest& manifest, const RecordingInfo& info,
                                    const Hole& hole) {
  for (const auto& [name, segments] : manifest.renditions) {
    if (name != info.tracks[hole.track].name) continue;
    // Written in their order; what is not is not found.
    const auto found = std::ranges::lower_bound(segments, hole.media_sequence, {},
                                                &ManifestSegment::media_sequence);
    if (found != segments.end() && found->media_sequence == hole.media_sequence) return &*found;
  }
  return nullptr;
}

Result<std::vector<FilledPart>> parts_of(const RecordingInfo& info, const Hole& hole,
                                         const ManifestSegment& of, ByteSpan segment) {
  const auto name = hls::read_media_name(of.name);
  const auto* named = name ? std::get_if<hls::SegmentName>(&*name) : nullptr;
  const auto init = init_number(of.init);
  if (!named || !init || named->media_sequence != hole.media_sequence ||
      named->version != cmaf::kWriterVersion || named->parts != info.parts_per_segment)
    return fail("it is written or cut in another way");
  if (segment.size() != of.bytes || lower_hex(sha256_digest(segment)) != of.sha256)
    return fail("it is not what the manifest says");
  const auto count = static_cast<size_t>(info.parts_per_segment);
  const auto chunks = cmaf::split_chunks(segment, count);
  if (!chunks || chunks->size() != count) return fail("it has other parts");
  const uint32_t frame_ticks = info.track_grid(hole.track).frame_ticks();
  std::vector<FilledPart> parts;
  for (const ByteSpan chunk : *chunks) {
    const auto described = describe_chunk(chunk, 0, frame_ticks);
    if (!described) return fail("a part of it is malformed");
    FilledPart& part = parts.emplace_back();
    part.record.rendition = info.tracks[hole.track].id;
    part.record.generation = named->generation;
    part.record.init = *init;
    part.record.number = {hole.media_sequence, static_cast<int>(parts.size()) - 1};
    part.record.independent = described->independent;
    part.record.bytes = static_cast<uint32_t>(chunk.size());
    part.bytes = chunk;
  }
  return parts;
}

}  // namespace longmen::recording
