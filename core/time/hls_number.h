// HLS numbers from media time alone: media sequence number = media time / segment length, parts
// likewise within it; so that every relay names the same bytes alike, whenever it started. A video
// frame belongs to the part in which it starts, an AAC frame too.
// Constant; any thread. Source: RFC 8216 §6.2.2 and draft-pantos-hls-rfc8216bis §4.4.4.9;
// docs/TIMELINE.md §8.
#pragma once

#include <cstdint>

#include "core/time/audio_grid.h"

namespace longmen {

struct HlsNumber {
  int64_t media_sequence = 0;
  int part = 0;  // 0..parts_per_segment()-1
  auto operator<=>(const HlsNumber&) const = default;
};

// first, first + 1, ... end - 1.
struct AudioFrameRange {
  AudioFrameIndex first = 0;
  AudioFrameIndex end = 0;
  int64_t count() const { return end - first; }
  bool operator==(const AudioFrameRange&) const = default;
};

class HlsGrid {
 public:
  // `segment` divides into `parts_per_segment` (1 or more) whole flicks: else the process ends.
  HlsGrid(std::chrono::seconds segment, int parts_per_segment);

  Flicks segment_duration() const { return segment_; }
  Flicks part_duration() const { return segment_ / parts_per_segment_; }
  int parts_per_segment() const { return parts_per_segment_; }

  HlsNumber number_at(MediaTime time) const;
  MediaTime segment_start(int64_t media_sequence) const {
    return MediaTime(media_sequence * segment_);
  }
  MediaTime part_start(HlsNumber number) const {
    return segment_start(number.media_sequence) + number.part * part_duration();
  }
  HlsNumber next(HlsNumber number) const;

  // The AAC frames that start in it: 46 or 47 in a segment of one second.
  AudioFrameRange aac_frames_of_segment(int64_t media_sequence) const;
  AudioFrameRange aac_frames_of_part(HlsNumber number) const;

 private:
  Flicks segment_;
  int parts_per_segment_;
};

}  // namespace longmen
