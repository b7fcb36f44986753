// What a recording has of one rendition: its segments by number. Decides which part is still wanted
// of a segment that is there in part: one that is missing, of the generation whose it is. A segment
// that is not whole goes over to another generation with that one's first part; a whole one stays
// as it is. Knows no file. Bound: the recording's own length. One thread.
#pragma once

#include <map>

#include "core/recording/recorded_segment.h"

namespace longmen::recording {

class RecordedTrack {
 public:
  RecordedTrack(RenditionId rendition, int parts_per_segment)
      : rendition_(rendition), parts_per_segment_(parts_per_segment) {}

  RenditionId rendition() const { return rendition_; }
  int parts_per_segment() const { return parts_per_segment_; }
  const std::map<int64_t, RecordedSegment>& segments() const { return segments_; }
  // Null: nothing is there of it.
  const RecordedSegment* find(int64_t media_sequence) const;
  uint64_t bytes() const { return bytes_; }
  // Of any that it has, or had.
  uint64_t largest_segment_bytes() const { return largest_segment_bytes_; }
  // Of each media file, where the last part and its trailer end.
  std::map<int64_t, uint64_t> file_ends() const;

  // As the index has it. One of another rendition or with another number of parts is left out.
  void put(RecordedSegment segment);
  bool wants(const PartRecord& record) const;
  // One that came too late to be on air: it never takes the place of what was.
  bool wants_late(const PartRecord& record) const;
  // A part that is wanted. The segment that it is of.
  const RecordedSegment& add(const PartRecord& record, RecordedPart part);
  // Of a segment that is there.
  void set_sha256(int64_t media_sequence, const Sha256Digest& sha256);
  void remove(int64_t media_sequence);

 private:
  RenditionId rendition_;
  int parts_per_segment_;
  std::map<int64_t, RecordedSegment> segments_;
  uint64_t bytes_ = 0;
  uint64_t largest_segment_bytes_ = 0;
};

}  // namespace longmen::recording
