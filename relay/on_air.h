// What the viewers of a channel are being shown: a generation, its renditions, and whether it is
// live or the slate. It goes along with every unit that a shard is handed, so that a change of
// generation cannot get lost on the way. Immutable, shared by threads.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/media/generation_announcement.h"
#include "core/media/media_unit.h"

namespace longmen {

enum class OnAirSource : uint8_t { kNone, kLive, kSlate };

constexpr std::string_view on_air_source_name(OnAirSource source) {
  switch (source) {
    case OnAirSource::kLive:
      return "live";
    case OnAirSource::kSlate:
      return "slate";
    case OnAirSource::kNone:
      break;
  }
  return "none";
}

struct OnAir {
  OnAirSource source = OnAirSource::kNone;
  Generation generation;
  std::vector<RenditionId> renditions;  // those that viewers get: video and Opus

  static std::shared_ptr<const OnAir> from(OnAirSource source,
                                           const GenerationAnnouncement& announcement);
};
using OnAirPtr = std::shared_ptr<const OnAir>;

inline OnAirPtr OnAir::from(OnAirSource source, const GenerationAnnouncement& announcement) {
  auto on_air = std::make_shared<OnAir>();
  on_air->source = source;
  on_air->generation = announcement.generation;
  for (const RenditionInfo& rendition : announcement.renditions)
    if (is_video(rendition.id) || is_opus(rendition.id)) on_air->renditions.push_back(rendition.id);
  return on_air;
}

}  // namespace longmen
