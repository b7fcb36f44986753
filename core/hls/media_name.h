// The names of renditions' folders and of the HLS resources within one, and how those are read:
//   GENERATION-VERSION-PARTS/NUMBER.m4s        a segment
//   GENERATION-VERSION-PARTS/NUMBER.PART.m4s   a part of it
//   init-HASH.mp4                              an init segment, named by its content
// VERSION is the writer's (core/cmaf/init_segment.h) and PARTS how many a segment is cut into,
// which is a setting: so what has such a name never changes, in any node or cache. Names are
// written in one way only, and nothing else is read. Pure. Source: docs/TIMELINE.md §8.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/media/identity.h"
#include "core/time/hls_number.h"

namespace longmen::hls {

struct SegmentName {
  Generation generation;
  int version = 0;
  int parts = 0;
  int64_t media_sequence = 0;
  bool operator==(const SegmentName&) const = default;
};
struct PartName {
  Generation generation;
  int version = 0;
  int parts = 0;
  HlsNumber number;
  bool operator==(const PartName&) const = default;
};
struct InitName {
  std::string name;
  bool operator==(const InitName&) const = default;
};
using MediaName = std::variant<SegmentName, PartName, InitName>;

// Of a rendition's folder: "v0" the top rung, "v1" …; "audio" the first sound, "audio2" the second.
std::string rendition_name(RenditionId rendition);

std::string segment_name(Generation generation, const HlsGrid& grid, int64_t media_sequence);
std::string part_name(Generation generation, const HlsGrid& grid, HlsNumber number);
std::string init_name(std::string_view name);

std::optional<MediaName> read_media_name(std::string_view text);

// Which segment it is, or is part of; nothing: an init segment.
std::optional<int64_t> media_sequence_of(const MediaName& name);

}  // namespace longmen::hls
