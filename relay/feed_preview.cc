#include "relay/feed_preview.h"

#include <algorithm>

namespace longmen {
namespace {

RenditionId lowest_rung(const GenerationAnnouncement& announcement) {
  RenditionId lowest{0};
  for (const RenditionInfo& rendition : announcement.renditions) {
    if (is_video(rendition.id)) lowest = std::max(lowest, rendition.id);
  }
  return lowest;
}

}  // namespace

void FeedPreview::set_slate(std::shared_ptr<const Slate> slate, MediaTime now) {
  if (slate) slate_rung_ = lowest_rung(slate->announcement());
  source_.set_slate(std::move(slate), now);
}

void FeedPreview::handle_announcement(const GenerationAnnouncement& announcement) {
  live_rung_ = lowest_rung(announcement);
  GenerationAnnouncement shown = announcement;
  std::erase_if(shown.renditions, [this](const RenditionInfo& rendition) {
    return is_video(rendition.id) && rendition.id != live_rung_;
  });
  source_.handle_announcement(shown);
}

void FeedPreview::handle_unit(const MediaUnitPtr& unit, Monotonic now, MediaTime media_now) {
  if (unit->rendition == live_rung_ || unit->rendition == kOpusRendition)
    source_.handle_unit(unit, now, media_now);
}

std::optional<ChannelSource::Output> FeedPreview::poll_output() {
  while (auto output = source_.poll_output()) {
    const bool live = output->on_air->source == OnAirSource::kLive;
    const RenditionId rung = live ? live_rung_ : slate_rung_;
    if (is_video(output->unit->rendition) && output->unit->rendition != rung) continue;
    output->on_air = as_shown(output->on_air);
    if (is_video(output->unit->rendition) && output->unit->rendition != RenditionId{0}) {
      auto unit = std::make_shared<MediaUnit>(*output->unit);
      unit->rendition = RenditionId{0};
      output->unit = std::move(unit);
    }
    return output;
  }
  return std::nullopt;
}

OnAirPtr FeedPreview::as_shown(const OnAirPtr& on_air) {
  if (on_air == given_) return shown_;
  auto shown = std::make_shared<OnAir>(*on_air);
  std::erase_if(shown->renditions, [](RenditionId rendition) { return is_video(rendition); });
  shown->renditions.insert(shown->renditions.begin(), RenditionId{0});
  given_ = on_air;
  shown_ = std::move(shown);
  return shown_;
}

}  // namespace longmen
