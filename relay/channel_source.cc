#include "relay/channel_source.h"

#include <algorithm>

namespace longmen {

void ChannelSource::set_slates(const SlateSet& slates, MediaTime now) {
  slates_ = slates;
  show_wanted_slate(now);
}

void ChannelSource::set_slate(const std::shared_ptr<const Slate>& slate, MediaTime now) {
  SlateSet slates;
  slates.values.fill(slate);
  set_slates(slates, now);
}

void ChannelSource::handle_announcement(const GenerationAnnouncement& announcement) {
  if (live_ && live_->generation == announcement.generation) return;
  live_ = OnAir::from(OnAirSource::kLive, announcement);
  pending_.clear();
}

void ChannelSource::handle_unit(MediaUnitPtr unit, Monotonic now, MediaTime media_now) {
  if (!live_ || unit->generation != live_->generation ||
      std::ranges::find(live_->renditions, unit->rendition) == live_->renditions.end()) {
    // AAC is for others; anything else was not announced.
    refused_units_ += !is_aac(unit->rendition);
    return;
  }
  const Flicks lateness = media_now - unit->time;
  if (is_video(unit->rendition)) {
    last_video_ = now;
    const Flicks bounded = std::clamp(lateness, Flicks(0), kMaxSlateLateness);
    lateness_ += (bounded - lateness_) / 16;
  }
  if (on_air_ == live_) {
    give_out(std::move(unit));
    return;
  }
  if (air_.holds_feed() || unit->time < air_.hidden_before) return;
  if (lateness > kMaxLiveLateness) {
    pending_.clear();
    return;
  }
  if (wait_for_keyframes(std::move(unit))) go_live();
}

// True when every rung has a keyframe among the pending units.
bool ChannelSource::wait_for_keyframes(MediaUnitPtr unit) {
  const bool keyframe = is_video(unit->rendition) && unit->keyframe;
  if (pending_.empty() && !keyframe) return false;
  if (keyframe) {
    // The next GOP begins and a rung is still missing: the old GOP is of no use any more.
    const MediaTime time = unit->time;
    const bool again = std::ranges::any_of(pending_, [&](const MediaUnitPtr& other) {
      return other->rendition == unit->rendition && other->keyframe;
    });
    if (again)
      std::erase_if(pending_, [&](const MediaUnitPtr& other) { return other->time < time; });
  }
  if (pending_.size() >= kMaxPendingUnits) {
    pending_.clear();
    return false;
  }
  pending_.push_back(std::move(unit));
  return keyframe && std::ranges::all_of(live_->renditions, [this](RenditionId rendition) {
           return !is_video(rendition) ||
                  std::ranges::any_of(pending_, [rendition](const MediaUnitPtr& other) {
                    return other->rendition == rendition && other->keyframe;
                  });
         });
}

void ChannelSource::go_live() {
  on_air_ = live_;
  moment_.feed_left.reset();
  for (MediaUnitPtr& unit : pending_)
    give_out(std::move(unit));
  pending_.clear();
}

void ChannelSource::handle_link_closed(MediaTime now) {
  live_.reset();
  pending_.clear();
  last_video_.reset();
  stays_until_ = {};
  if (source() == OnAirSource::kLive) lose_live(now);
}

void ChannelSource::set_air(const AirOrder& air, const SlateMoment& moment, MediaTime now) {
  const auto feed_left = moment_.feed_left;
  moment_ = moment;
  moment_.feed_left = feed_left;
  // It comes at once, or when what is made now has been held for long enough.
  if (air_.holds_feed() && !air.holds_feed() && (live_ || air.hidden_before > now))
    stays_until_ = std::max(now, air.hidden_before) + kFeedComesWithin;
  air_ = air;
  moment_.rule = air.rule;
  if (air_.holds_feed()) {
    pending_.clear();
    moment_.feed_left.reset();
    stays_until_ = {};
    if (source() == OnAirSource::kLive) return go_to_slate(now);
  }
  show_wanted_slate(now);
}

void ChannelSource::handle_timeout(Monotonic now, MediaTime media_now) {
  if (const auto deadline = live_deadline(); deadline && now >= *deadline) lose_live(media_now);
  show_wanted_slate(media_now);
  if (source() == OnAirSource::kSlate) play_slate(media_now);
}

void ChannelSource::lose_live(MediaTime now) {
  moment_.feed_left = now;
  go_to_slate(now);
}

void ChannelSource::show_wanted_slate(MediaTime now) {
  if (source() == OnAirSource::kLive) return;
  if (source() == OnAirSource::kSlate && (now < stays_until_ || slate_ == wanted_slate(now)))
    return;
  go_to_slate(now);
}

void ChannelSource::go_to_slate(MediaTime now) {
  slate_ = wanted_slate(now);
  if (!slate_) {
    on_air_.reset();
    return;
  }
  on_air_ = OnAir::from(OnAirSource::kSlate, slate_->announcement());
  slate_next_ = slate_->keyframe_before(now - lateness_);
  play_slate(now);
}

void ChannelSource::play_slate(MediaTime now) {
  const MediaTime until = now - lateness_;
  // After the process was stopped for a while: what was missed is not played.
  if (until - slate_->time_of(slate_next_) > kMaxLiveLateness)
    slate_next_ = slate_->keyframe_before(until);
  while (slate_->time_of(slate_next_) <= until) {
    give_out(slate_->unit(slate_next_));
    slate_next_ = slate_->next(slate_next_);
  }
}

std::optional<ChannelSource::Output> ChannelSource::poll_output() {
  if (output_.empty()) return {};
  Output output = std::move(output_.front());
  output_.pop_front();
  return output;
}

std::optional<Monotonic> ChannelSource::live_deadline() const {
  if (source() != OnAirSource::kLive || !last_video_) return {};
  return *last_video_ + kLiveSilence;
}

std::optional<MediaTime> ChannelSource::slate_due() const {
  if (source() != OnAirSource::kSlate) return {};
  return slate_->time_of(slate_next_) + lateness_;
}

}  // namespace longmen
