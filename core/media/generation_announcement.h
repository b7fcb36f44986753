// What a generation consists of: sent before its first unit (kGeneration, and first in a slate
// file), so that whoever receives units knows every rendition's name, size and codec. A plain value
// and its JSON form, {"generation":N,"renditions":[{"id":0,"name":"720p","kind":"video",
// "width":1280,"height":720,"fps":30,"kbps":2000,"codec":"avc1.64001f"}]}; fields that a rendition
// does not have are zero. Bound: kMaxRenditions.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/media/identity.h"

namespace longmen {

inline constexpr size_t kMaxRenditions = kMaxVideoRenditions + 2 * kMaxSounds;

struct RenditionInfo {
  RenditionId id;
  std::string name;  // "720p", "opus", "aac", "opus2", "aac2"
  std::string kind;  // "video" or "audio"
  int width = 0;     // video: pixels
  int height = 0;
  int fps = 0;
  int kbps = 0;
  std::string codec;  // RFC 6381: "avc1.64001f", "opus", "mp4a.40.2"
  bool operator==(const RenditionInfo&) const = default;
};

struct GenerationAnnouncement {
  Generation generation;
  std::vector<RenditionInfo> renditions;
  bool operator==(const GenerationAnnouncement&) const = default;
};

std::string to_json(const GenerationAnnouncement& announcement);
// Refuses ids that are none, ids that occur twice, and more than kMaxRenditions.
Result<GenerationAnnouncement> generation_announcement_from_json(std::string_view json);

}  // namespace longmen
