#include "core/recording/recorded_track.h"

#include <algorithm>

#include "core/base/invariant.h"

namespace longmen::recording {

const RecordedSegment* RecordedTrack::find(int64_t media_sequence) const {
  const auto found = segments_.find(media_sequence);
  return found == segments_.end() ? nullptr : &found->second;
}

std::map<int64_t, uint64_t> RecordedTrack::file_ends() const {
  std::map<int64_t, uint64_t> ends;
  for (const auto& [number, segment] : segments_) {
    for (const RecordedPart& part : segment.parts) {
      if (part.bytes == 0) continue;
      uint64_t& end = ends[segment.file()];
      end = std::max(end, part.offset + part.bytes + kPartTrailerBytes);
    }
  }
  return ends;
}

void RecordedTrack::put(RecordedSegment segment) {
  if (segment.rendition != rendition_ ||
      segment.parts.size() != static_cast<size_t>(parts_per_segment_))
    return;
  remove(segment.media_sequence);
  bytes_ += segment.bytes();
  largest_segment_bytes_ = std::max(largest_segment_bytes_, segment.bytes());
  segments_.insert_or_assign(segment.media_sequence, std::move(segment));
}

bool RecordedTrack::wants(const PartRecord& record) const {
  if (record.rendition != rendition_ || record.number.part < 0 ||
      record.number.part >= parts_per_segment_)
    return false;
  const RecordedSegment* segment = find(record.number.media_sequence);
  if (!segment) return true;
  if (segment->generation != record.generation || segment->init != record.init)
    return !segment->is_whole() && record.number.part == 0;
  return segment->parts[static_cast<size_t>(record.number.part)].bytes == 0;
}

bool RecordedTrack::wants_late(const PartRecord& record) const {
  const RecordedSegment* segment = find(record.number.media_sequence);
  const bool alone =
      !segment || (segment->generation == record.generation && segment->init == record.init);
  return alone && wants(record);
}

const RecordedSegment& RecordedTrack::add(const PartRecord& record, RecordedPart part) {
  invariant(wants(record), "a part is recorded once");
  RecordedSegment& segment = segments_[record.number.media_sequence];
  if (segment.parts.empty() || segment.generation != record.generation ||
      segment.init != record.init) {
    bytes_ -= segment.bytes();
    segment = {};
    segment.rendition = rendition_;
    segment.media_sequence = record.number.media_sequence;
    segment.generation = record.generation;
    segment.init = record.init;
    segment.parts.resize(static_cast<size_t>(parts_per_segment_));
  }
  segment.discontinuity = segment.discontinuity || record.discontinuity;
  bytes_ += part.bytes;
  segment.parts[static_cast<size_t>(record.number.part)] = std::move(part);
  largest_segment_bytes_ = std::max(largest_segment_bytes_, segment.bytes());
  return segment;
}

void RecordedTrack::set_sha256(int64_t media_sequence, const Sha256Digest& sha256) {
  segments_.at(media_sequence).sha256 = sha256;
}

void RecordedTrack::remove(int64_t media_sequence) {
  const auto found = segments_.find(media_sequence);
  if (found == segments_.end()) return;
  bytes_ -= found->second.bytes();
  segments_.erase(found);
}

}  // namespace longmen::recording
