// Chapters in media playlists: an EXT-X-DATERANGE each, which lasts until the next one. Players
// find them beside the media, whichever playlist they play. What has changed has another ID, since
// a range that a player was told of stays as it is. Pure. Source: draft-pantos-hls-rfc8216bis
// §4.4.5.1.
#pragma once

#include <string>

#include "core/time/media_time.h"

namespace longmen::hls {

struct DateRange {
  std::string id;
  MediaTime start;
  std::string title;
};

// A line, without its end.
std::string date_range_tag(const DateRange& range);

}  // namespace longmen::hls
