// A made-up channel's media as a recording has them: media files in memory, written part by part as
// the gateway does, and what each of them holds.
#pragma once

#include <map>

#include "core/hls/live_channel.h"
#include "core/recording/media_scan.h"
#include "core/recording/progressive_mp4.h"
#include "core/recording/recorded_track.h"
#include "core/recording/recording_info.h"
#include "core/time/generation_time.h"
#include "tests/core/hls/made_up_channel.h"

namespace longmen::test {

class MemorySource : public recording::ByteSource {
 public:
  explicit MemorySource(ByteSpan bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  bool read(uint64_t offset, std::span<uint8_t> into) override {
    if (offset > bytes_.size() || into.size() > bytes_.size() - offset) return false;
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset), into.size(), into.begin());
    return true;
  }

 private:
  ByteSpan bytes_;
};

struct MadeUpPart {
  size_t track = 0;
  recording::PartRecord record;
  SharedBytes bytes;
  cmaf::InitSegmentPtr init;
};

// What a live channel publishes of the made-up programme from kStartOf2026 on, in its order.
inline std::vector<MadeUpPart> made_up_parts(int seconds, Generation generation,
                                             MediaTime from = kStartOf2026,
                                             const Channel& of = made_up_channel()) {
  hls::LiveChannel channel(of, std::chrono::milliseconds(200), from);
  channel.handle_announcement(announcement_of(generation), from);
  std::vector<MadeUpPart> parts;
  std::vector<MediaUnit> units = programme(generation, from, std::chrono::seconds(seconds));
  if (sounds_of(of.sound) > 1) units = with_second_sound(units);
  for (const MediaUnit& unit : units) {
    (void)channel.handle_unit(unit, unit.time);
    while (const auto published = channel.poll_published()) {
      const auto& rendition = channel.renditions()[published->rendition];
      const hls::WindowSegment* segment = rendition.window.find(published->number.media_sequence);
      const auto& part = segment->parts[static_cast<size_t>(published->number.part)];
      if (!part.bytes) continue;
      parts.push_back({published->rendition,
                       {rendition.id, generation, *recording::init_number(segment->init->name),
                        published->number, part.independent, segment->discontinuity,
                        static_cast<uint32_t>(part.bytes->size())},
                       part.bytes,
                       segment->init});
    }
  }
  return parts;
}

class MadeUpRecording {
 public:
  explicit MadeUpRecording(int seconds = 0, const Channel& channel = made_up_channel()) {
    info = recording::info_of_channel(channel, 5);
    info.id = "talk";
    info.start_ms = kN0 * 1000;
    for (const auto& track : info.tracks)
      tracks.emplace_back(track.id, 5);
    for (const MadeUpPart& part :
         made_up_parts(seconds, generation_started_at(kStartOf2026, 7), kStartOf2026, channel))
      write(part);
  }

  // Nothing when it is there.
  void write(const MadeUpPart& part) {
    recording::RecordedTrack& track = tracks[part.track];
    if (!track.wants(part.record)) return;
    Bytes& file =
        files[{part.track, part.record.number.media_sequence / recording::kSegmentsInFile}];
    const auto described = recording::describe_chunk(*part.bytes, file.size(),
                                                     info.track_grid(part.track).frame_ticks());
    track.add(part.record, described.value());
    file.insert(file.end(), part.bytes->begin(), part.bytes->end());
    recording::write_part_trailer(part.record, *part.bytes, file);
    inits[part.record.init] = std::make_shared<const Bytes>(part.init->bytes);
  }

  recording::RecordingInfo info;
  std::vector<recording::RecordedTrack> tracks;
  std::map<std::pair<size_t, int64_t>, Bytes> files;
  recording::InitBytes inits;
};

}  // namespace longmen::test
