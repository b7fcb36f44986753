// The text of a rendition's live media playlist: low-latency parts near its end, a hint at the next
// one, gaps, discontinuities, the other renditions' ends; whole, or as a delta update without the
// old segments. It writes what a window holds, and decides only what of it is told. Pure.
// Source: draft-pantos-hls-rfc8216bis §4.4.3, §4.4.4, §4.4.5, §6.2.5.1.
#pragma once

#include <string>
#include <vector>

#include "core/hls/rendition_window.h"

namespace longmen::hls {

inline constexpr int kPlaylistVersion = 9;  // §8: EXT-X-SKIP

struct RenditionReport {
  std::string uri;
  HlsNumber last;
};

struct MediaPlaylist {
  const RenditionWindow& window;  // not empty
  // The longest part of all renditions: how far from the end players stay follows from it.
  Flicks longest_part{};
  // Of the segment after the last one; when that is complete, the hint is at its part 0.
  Generation next_generation;
  std::vector<RenditionReport> reports;  // of every other rendition
};

// The same in every rendition.
int64_t target_duration_seconds(const HlsGrid& grid);

// `skip`: as a delta update, when there is something to leave out.
std::string write_media_playlist(const MediaPlaylist& playlist, bool skip);

}  // namespace longmen::hls
