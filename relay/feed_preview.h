// The feed as it comes in, for the studio alone, whatever is on the channel's air: the streamer's
// lowest rung and its sound, and the slate while there is none, in a hidden channel of one rung
// beside the public one. It decides what of the streamer's units that is and gives it out as the
// rung 0; when live or slate is shown is ChannelSource's. It knows no viewer and no order.
// Order: one handler, then poll_output() until it is empty. Bounds: ChannelSource's. One thread
// (main).
#pragma once

#include "relay/channel_source.h"

namespace longmen {

class FeedPreview {
 public:
  // --- Handlers, as ChannelSource's.
  void set_slate(std::shared_ptr<const Slate> slate, MediaTime now);
  void handle_announcement(const GenerationAnnouncement& announcement);
  void handle_unit(const MediaUnitPtr& unit, Monotonic now, MediaTime media_now);
  void handle_link_closed(MediaTime now) { source_.handle_link_closed(now); }
  void handle_timeout(Monotonic now, MediaTime media_now) {
    source_.handle_timeout(now, media_now);
  }

  // --- Polls.
  std::optional<ChannelSource::Output> poll_output();

  // --- Getters.
  std::optional<Monotonic> live_deadline() const { return source_.live_deadline(); }
  std::optional<MediaTime> slate_due() const { return source_.slate_due(); }
  OnAirSource source() const { return source_.source(); }

 private:
  OnAirPtr as_shown(const OnAirPtr& on_air);

  ChannelSource source_;
  RenditionId live_rung_;   // the lowest of the generation that was announced last
  RenditionId slate_rung_;  // likewise of the slate
  OnAirPtr given_;          // by source_, last
  OnAirPtr shown_;          // what it is in the hidden channel
};

}  // namespace longmen
