// A made-up programme for tests: units of a generation with real packets, whose payloads say which
// unit they are of, at 30 fps with a keyframe each second, and Opus each 20 ms.
#pragma once

#include <map>
#include <optional>

#include "core/media/generation_announcement.h"
#include "core/media/media_unit.h"

namespace longmen::test {

inline constexpr Generation kSlate{77};
inline constexpr Generation kLive{1000};

class MediaProgramme {
 public:
  MediaProgramme(Generation generation, int rungs, size_t packets_per_frame = 3,
                 size_t payload_bytes = 900, size_t sounds = 1);

  GenerationAnnouncement announcement() const;
  // Of every rendition, by time: what starts within [from, until).
  std::vector<MediaUnitPtr> units(MediaTime from, MediaTime until);
  MediaUnitPtr frame(RenditionId rendition, MediaTime time, bool keyframe);
  MediaUnitPtr sound(MediaTime time, size_t of = 0);
  // A slate file of 8 s.
  static Bytes slate_file(Generation generation, int rungs);

 private:
  MediaUnitPtr make(RenditionId rendition, MediaTime time, bool keyframe, size_t packets,
                    size_t payload_bytes);

  Generation generation_;
  int rungs_;
  size_t packets_per_frame_;
  size_t payload_bytes_;
  size_t sounds_;
  std::map<RenditionId, PacketSequence> next_sequence_;
};

inline constexpr Flicks kFrame{Flicks::period::den / 30};
inline constexpr Flicks kOpusFrame = std::chrono::milliseconds(20);

// What a packet of the programme says of itself: the first 24 bytes of its payload, after two that
// make it look like an H.264 FU-A.
struct PacketMark {
  uint64_t generation = 0;
  uint8_t rendition = 0;
  bool keyframe = false;
  MediaTime time;
  uint16_t packet = 0;
  uint16_t packets = 0;
};
std::optional<PacketMark> read_mark(ByteSpan payload);

}  // namespace longmen::test
