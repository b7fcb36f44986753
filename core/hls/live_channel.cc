#include "core/hls/live_channel.h"

#include <algorithm>
#include <utility>

#include "core/time/generation_time.h"

namespace longmen::hls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A slate has one sound, which stands for all of the channel's.
RenditionId rendition_in_slate(RenditionId rendition) {
  return is_video(rendition) ? rendition : kAacRendition;
}

}  // namespace

// A segment is a GOP: it begins with a keyframe in every rendition (docs/TIMELINE.md §6).
LiveChannel::LiveChannel(const Channel& channel, milliseconds part, MediaTime now)
    : grid_(seconds(channel.gop_seconds), static_cast<int>(seconds(channel.gop_seconds) / part)),
      created_(now),
      next_timeout_(now) {
  const FrameGrid frames(channel.frames_per_second);
  for (size_t rung = 0; rung < channel.video.size(); ++rung)
    renditions_.push_back({RenditionId{static_cast<uint8_t>(rung)},
                           RenditionWindow(cmaf::TrackGrid::of_video(grid_, frames)),
                           {}});
  std::vector<SoundLanguage> languages = languages_on_air(channel.sound);
  if (languages.empty()) languages.resize(1);
  for (size_t sound = 0; sound < languages.size(); ++sound) {
    sound_inits_.push_back(cmaf::make_audio_init(aac::AudioConfig{}, languages[sound].tag));
    renditions_.push_back(
        {aac_rendition(sound), RenditionWindow(cmaf::TrackGrid::of_audio(grid_)), {}});
  }
}

// ---- handlers

void LiveChannel::set_slates(const SlateSet& slates, MediaTime now) {
  const OfOccasions<SourcePtr> before = std::exchange(slate_sources_, {});
  for (const SlateOccasion occasion : kSlateOccasions) {
    const auto& slate = slates[occasion];
    if (!slate) continue;
    for (const OfOccasions<SourcePtr>* known : {&before, &std::as_const(slate_sources_)}) {
      const auto found = std::ranges::find_if(
          known->values, [&](const SourcePtr& source) { return source && source->slate == slate; });
      if (found != known->values.end()) slate_sources_[occasion] = *found;
    }
    if (!slate_sources_[occasion]) slate_sources_[occasion] = make_slate_source(slate);
  }
  publish(now);
}

void LiveChannel::set_slate(const std::shared_ptr<const Slate>& slate, MediaTime now) {
  SlateSet slates;
  slates.values.fill(slate);
  set_slates(slates, now);
}

void LiveChannel::handle_announcement(const GenerationAnnouncement& announcement, MediaTime now) {
  if (live_ && live_->generation == announcement.generation) return;
  if (live_) live_->ended = true;
  // The link may be a new one to the same streamer: what it was interrupted in goes on.
  const bool again = !air_.holds_feed() && last_owner_ && last_owner_live_ &&
                     last_owner_->generation == announcement.generation;
  live_ = again ? last_owner_ : make_source(announcement.generation);
  live_->ended = false;
  publish(now);
}

Parsed<void> LiveChannel::handle_unit(const MediaUnit& unit, MediaTime now) {
  if (!live_ || unit.generation != live_->generation) return drop(DropReason::kWrongState);
  if (air_.holds_feed() || unit.time < air_.hidden_before) return {};
  const auto builder = live_->builders.find(unit.rendition);
  if (builder == live_->builders.end()) return {};  // Opus, which is for others
  const auto pushed = builder->second.push(unit);
  bool late = false;
  auto& waiting = live_->parts[unit.rendition];
  const auto rendition = std::ranges::find(renditions_, unit.rendition, &Rendition::id);
  while (auto part = builder->second.take()) {
    if (begun_ && part->number < rendition->next) {
      late = true;
      const auto index = static_cast<size_t>(rendition - renditions_.begin());
      if (late_.size() < kMaxWaitingParts)
        late_.push_back({index, live_->generation, std::move(*part)});
      continue;
    }
    waiting.emplace(part->number, std::move(*part));
    if (waiting.size() > kMaxWaitingParts) waiting.erase(waiting.begin());
  }
  publish(now);
  if (late && pushed) return drop(DropReason::kStale);
  return pushed;
}

void LiveChannel::handle_link_closed(MediaTime now) {
  if (live_) live_->ended = true;
  live_.reset();
  publish(now);
}

void LiveChannel::set_air(const AirOrder& air, const SlateMoment& moment, MediaTime now) {
  const SlateMoment was = moment_;
  const auto feed_left = moment_.feed_left;
  moment_ = moment;
  moment_.rule = air.rule;
  moment_.feed_left = feed_left;
  if (air == air_) return;
  const AirOrder before = std::exchange(air_, air);
  if (air.holds_feed()) {
    hold_live();
    moment_.feed_left.reset();
    stays_until_ = {};
  } else if (before.holds_feed() && air.hidden_before > now) {
    stays_ = was;
    stays_until_ = air.hidden_before;
  }
  if (air.rule == AirRule::kCut && before.rule != AirRule::kCut) {
    for (Rendition& rendition : renditions_)
      rendition.window.take_back();
  }
  // What it brought meanwhile was not looked at: its builders begin anew.
  if (before.holds_feed() && !air.holds_feed() && live_) live_ = make_source(live_->generation);
  publish(now);
}

// What is not published of it is not going to be.
void LiveChannel::hold_live() {
  for (const SourcePtr& source : {live_, last_owner_live_ ? last_owner_ : nullptr}) {
    if (!source) continue;
    source->ended = true;
    source->parts.clear();
  }
}

void LiveChannel::handle_timeout(MediaTime now) {
  publish(now);
}

std::optional<LiveChannel::Published> LiveChannel::poll_published() {
  if (published_.empty()) return {};
  const Published published = published_.front();
  published_.pop_front();
  return published;
}

std::optional<LiveChannel::Late> LiveChannel::poll_late() {
  if (late_.empty()) return {};
  Late late = std::move(late_.front());
  late_.pop_front();
  return late;
}

// ---- getters

Flicks LiveChannel::longest_part() const {
  Flicks longest{};
  for (const Rendition& rendition : renditions_)
    longest = std::max(longest, rendition.window.grid().longest_part());
  return longest;
}

Generation LiveChannel::next_generation(const Rendition& rendition) const {
  if (const auto found = owners_.find(rendition.next.media_sequence);
      found != owners_.end() && found->second.source)
    return found->second.source->generation;
  if (live_ && !live_->ended && live_ == last_owner_) return live_->generation;
  if (live_ && !air_.holds_feed() &&
      start_of(live_->generation) <= grid_.segment_start(rendition.next.media_sequence))
    return live_->generation;
  if (const auto& slate = slate_source_at(grid_.segment_start(rendition.next.media_sequence)))
    return slate->generation;
  return last_owner_ ? last_owner_->generation : Generation{};
}

// ---- sources

// Null of pictures: their parameter sets say it.
cmaf::InitSegmentPtr LiveChannel::known_init(RenditionId rendition) const {
  return is_video(rendition) ? nullptr : sound_inits_[sound_of(rendition)];
}

LiveChannel::SourcePtr LiveChannel::make_source(Generation generation) const {
  auto source = std::make_shared<Source>();
  source->generation = generation;
  for (const Rendition& rendition : renditions_)
    source->builders.try_emplace(rendition.id, rendition.window.grid(), known_init(rendition.id));
  return source;
}

// Its builders know the slate's init segments.
LiveChannel::SourcePtr LiveChannel::make_slate_source(std::shared_ptr<const Slate> slate) const {
  SourcePtr source = make_source(slate->announcement().generation);
  source->slate = std::move(slate);
  for (const Rendition& rendition : renditions_) {
    for (const MediaUnitPtr& unit : source->slate->units(
             rendition_in_slate(rendition.id), MediaTime(), MediaTime(grid_.part_duration())))
      (void)source->builders.at(rendition.id).push(*unit);
  }
  return source;
}

// Whether some picture of the segment can be decoded from its beginning on.
bool LiveChannel::has_start(const Source& source, int64_t media_sequence) const {
  return std::ranges::any_of(source.parts, [&](const auto& of) {
    const auto found = of.second.find({media_sequence, 0});
    return is_video(of.first) && found != of.second.end() && found->second.independent;
  });
}

bool LiveChannel::has_every_start(const Source& source, int64_t media_sequence) const {
  return std::ranges::all_of(renditions_, [&](const Rendition& rendition) {
    const auto of = source.parts.find(rendition.id);
    return of != source.parts.end() && of->second.contains({media_sequence, 0});
  });
}

bool LiveChannel::same_inits(const Source& one, const Source& other) const {
  return std::ranges::all_of(renditions_, [&](const Rendition& rendition) {
    const auto& left = one.builders.at(rendition.id).init();
    const auto& right = other.builders.at(rendition.id).init();
    return left && right && left->name == right->name;
  });
}

// ---- publishing

void LiveChannel::publish(MediaTime now) {
  begin_anew_if_far_behind(now);
  if (!begun_ && !begin(now)) {
    next_timeout_ = now + Flicks(milliseconds(100));
    return;
  }
  for (size_t index = 0; index < renditions_.size(); ++index) {
    while (publish_next(index, now)) {
    }
  }
  forget_passed();
  next_timeout_ = MediaTime::max();
  for (const Rendition& rendition : renditions_) {
    const MediaTime end = end_of(rendition.next);
    next_timeout_ = std::min(next_timeout_, end > now ? end : deadline_of(rendition.next));
  }
  // A part that is due and waits for what others decide.
  if (next_timeout_ <= now) next_timeout_ = now + Flicks(milliseconds(10));
}

void LiveChannel::begin_anew_if_far_behind(MediaTime now) {
  if (!begun_ || std::ranges::none_of(renditions_, [&](const Rendition& rendition) {
        return now - grid_.part_start(rendition.next) > kMaxBehind;
      }))
    return;
  for (Rendition& rendition : renditions_)
    rendition.window = RenditionWindow(rendition.window.grid());
  owners_.clear();
  last_owner_.reset();
  if (live_) live_->parts.clear();
  begun_ = false;
}

// With the first segment that live has from its beginning on; after kLinkWait with the slate.
bool LiveChannel::begin(MediaTime now) {
  std::optional<int64_t> first;
  if (live_) {  // without parts while it is held back
    for (const auto& [rendition, parts] : live_->parts) {
      for (const auto& [number, part] : parts) {
        if (!is_video(rendition) || number.part != 0 || !part.independent) continue;
        first = first ? std::min(*first, number.media_sequence) : number.media_sequence;
        break;
      }
    }
  }
  if (!first && slate_source_at(now) && now - created_ >= kLinkWait)
    first = grid_.number_at(now).media_sequence;
  if (!first) return false;
  for (Rendition& rendition : renditions_)
    rendition.next = {*first, 0};
  begun_ = true;
  begun_at_ = now;
  return true;
}

bool LiveChannel::publish_next(size_t index, MediaTime now) {
  Rendition& rendition = renditions_[index];
  const HlsNumber number = rendition.next;
  const Owner* owner = owner_of(number.media_sequence, now);
  if (!owner) return false;
  const bool over = now >= end_of(number);
  if (owner->live) {
    const auto& parts = owner->source->parts[rendition.id];
    const auto found = parts.find(number);
    if (found == parts.end() && (!over || (!owner->source->ended && now < deadline_of(number))))
      return false;
    put_out(index, *owner, found == parts.end() ? nullptr : &found->second);
    return true;
  }
  if (!over) return false;
  const auto part = owner->source ? slate_part(*owner->source, rendition, number) : std::nullopt;
  put_out(index, *owner, part ? &*part : nullptr);
  return true;
}

const LiveChannel::Owner* LiveChannel::owner_of(int64_t media_sequence, MediaTime now) {
  if (const auto known = owners_.find(media_sequence); known != owners_.end())
    return &known->second;
  auto decided = decide(media_sequence, now);
  if (!decided) return nullptr;
  if (decided->source) {
    last_owner_ = decided->source;
    last_owner_live_ = decided->live;
  }
  if (decided->live) moment_.feed_left = grid_.segment_start(media_sequence + 1);
  return &owners_.emplace(media_sequence, std::move(*decided)).first->second;
}

std::optional<LiveChannel::Owner> LiveChannel::decide(int64_t media_sequence, MediaTime now) {
  const HlsNumber first{media_sequence, 0};
  const bool waited = now >= deadline_of(first);
  // The generation that was on air goes on; also one that ended in this segment.
  if (last_owner_ && last_owner_live_ && has_start(*last_owner_, media_sequence))
    return own(last_owner_, true);
  if (live_ && live_ != last_owner_ && has_start(*live_, media_sequence)) {
    // Where it begins, all renditions' init segments must be known: a discontinuity is in all.
    if (!has_every_start(*live_, media_sequence) && !waited) return {};
    return own(live_, true);
  }
  const MediaTime start = grid_.segment_start(media_sequence);
  const bool may_come = live_ && !air_.holds_feed() && start >= air_.hidden_before;
  if (may_come && !waited && start_of(live_->generation) <= start) return {};
  if (now < end_of(first)) return {};
  // What is hidden still, by the channel's delay, is not missing: the slate before it goes on.
  const bool hidden = !air_.holds_feed() && start < air_.hidden_before;
  if (hidden && last_owner_ && last_owner_->slate) return own(last_owner_, false);
  if (const auto& slate = slate_source_at(start)) return own(slate, false);
  if (!waited) return {};
  return Owner{};
}

LiveChannel::Owner LiveChannel::own(SourcePtr source, bool live) const {
  Owner owner{std::move(source), live, false};
  owner.discontinuity =
      last_owner_ && last_owner_ != owner.source && !same_inits(*last_owner_, *owner.source);
  return owner;
}

// A slate has its units at any time, so a part is made when it is due. What is refused is a gap.
std::optional<cmaf::Part> LiveChannel::slate_part(const Source& source, const Rendition& rendition,
                                                  HlsNumber number) const {
  cmaf::PartBuilder builder(rendition.window.grid(), source.builders.at(rendition.id).init());
  for (const MediaUnitPtr& unit : source.slate->units(rendition_in_slate(rendition.id),
                                                      grid_.part_start(number), end_of(number)))
    (void)builder.push(*unit);
  return builder.take();
}

void LiveChannel::put_out(size_t index, const Owner& owner, const cmaf::Part* part) {
  Rendition& rendition = renditions_[index];
  const RenditionWindow::Place place{
      rendition.next, owner.source ? owner.source->generation : Generation{}, owner.discontinuity};
  if (part)
    rendition.window.append(place, *part);
  else
    rendition.window.append_gap(place);
  published_.push_back({index, rendition.next, part == nullptr});
  rendition.next = grid_.next(rendition.next);
}

void LiveChannel::forget_passed() {
  int64_t oldest = INT64_MAX;
  for (const Rendition& rendition : renditions_) {
    oldest = std::min(oldest, rendition.next.media_sequence);
    for (const SourcePtr& source : {live_, last_owner_}) {
      if (!source) continue;
      auto& parts = source->parts[rendition.id];
      parts.erase(parts.begin(), parts.lower_bound(rendition.next));
    }
  }
  owners_.erase(owners_.begin(), owners_.lower_bound(oldest));
}

}  // namespace longmen::hls
