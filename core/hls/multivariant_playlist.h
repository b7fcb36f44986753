// The multivariant playlist of a channel: every rung of its ladder with sound, in one language or
// in each of two between which players choose, and for who can use it sound alone. What a variant
// needs of a link is honest: the peak follows from the encoder's own bound (VBV), the sound's and
// what the boxes add, for no segment needs more; the average from the rates that the encoders aim
// at; of what has ended both are counted. Pure. Source: draft-pantos-hls-rfc8216bis §4.4.6.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time/hls_number.h"

namespace longmen::hls {

// Bits a second: of the segment with most of them, and of all.
struct Bandwidth {
  int64_t peak = 0;
  int64_t average = 0;
  bool operator==(const Bandwidth&) const = default;
};

struct VideoVariant {
  std::string uri;
  int width = 0;
  int height = 0;
  int frames_per_second = 0;
  int bitrate_kbps = 0;
  std::string codec;
  Bandwidth counted = {};  // what was, 0: it was not counted
};
struct SoundRendition {
  std::string uri;
  int bitrate_kbps = 0;
  std::string codec;
  std::string language, name;  // of a channel with two; else empty
  Bandwidth counted = {};      // as of video
};
// Captions of their own, beside the media.
struct SubtitleRendition {
  std::string uri;
  std::string language;
  std::string name;  // without quotation marks
};

Bandwidth video_bandwidth(int bitrate_kbps, int frames_per_second, const HlsGrid& grid);
Bandwidth sound_bandwidth(int bitrate_kbps, const HlsGrid& grid);

struct MultivariantOptions {
  std::optional<double> start_s = {};  // where players are to begin, from the beginning
  // Of their JSON (EXT-X-SESSION-DATA §4.4.6.4, as Apple's players read it).
  std::string_view chapters_uri = {};
  std::vector<SubtitleRendition> subtitles = {};
  bool closed_captions = false;  // CEA-608 is in the pictures; its first channel is told
  // One more variant, the first sound's, for a line that carries no picture.
  bool sound_alone = false;
};
// Best first, as they stand; of the sounds, of which there is one at least, the first one is the
// default.
std::string write_multivariant_playlist(const std::vector<VideoVariant>& variants,
                                        const std::vector<SoundRendition>& sounds,
                                        const HlsGrid& grid,
                                        const MultivariantOptions& options = {});

}  // namespace longmen::hls
