#include "ingest/feed.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace longmen {

Feed::Feed(std::string channel, ChannelInput input, IngestMetrics& metrics)
    : channel_(std::move(channel)),
      input_(input),
      metrics_(metrics),
      counters_(metrics.channel(channel_, input)) {
  counters_.up->Set(0);
}

Feed::~Feed() {
  metrics_.remove(counters_);
}

void Feed::show_age(Monotonic now) const {
  const auto age = figures_.last_keyframe ? now - *figures_.last_keyframe : Monotonic::duration(0);
  counters_.keyframe_age_seconds->Set(std::chrono::duration<double>(age).count());
}

void Feed::begin(Publisher publisher) {
  publisher_ = std::move(publisher);
  ++publication_;
  figures_ = {};
  up_ = true;
  counters_.up->Set(1);
}

void Feed::track(const FeedTrack& track) {
  const bool video = is_video(track.codec);
  Bytes wire;
  FeedTrack told = track;
  told.recorded = told.recorded || publisher_.protocol == kFilesProtocol;
  write_feed_track(input_, told, wire);
  if (video) {
    drop_kept();  // of the old configuration; the new one begins with a keyframe
    needs_keyframe_ = true;
  } else {
    std::erase_if(kept_, [this](const Kept& kept) {
      if (is_video(kept.codec)) return false;
      kept_bytes_ -= kept.wire.size();
      return true;
    });
  }
  if (link_ && !tracks_unsent_) tracks_unsent_ = !send(MessageKind::kFeedTrack, wire);
  (video ? video_track_ : audio_track_) = std::move(wire);
}

void Feed::unit(const FeedUnit& unit) {
  count(unit);
  Bytes wire;
  write_feed_unit(input_, unit, wire);
  if (link_) pass_on(unit, wire);
  if (untold_errors_ > 0) tell_errors(unit.arrival);
  keep(unit, wire);
}

void Feed::count(const FeedUnit& unit) {
  const bool video = is_video(unit.codec);
  counters_.bytes->Increment(static_cast<double>(unit.data.size()));
  (video ? counters_.video_frames : counters_.audio_frames)->Increment();
  if (!figures_.first_unit) figures_.first_unit = unit.arrival;
  figures_.bytes += unit.data.size();
  figures_.video_frames += video;
  if (!video || !unit.keyframe) return;
  if (figures_.last_keyframe) figures_.keyframe_interval = unit.arrival - *figures_.last_keyframe;
  figures_.last_keyframe = unit.arrival;
}

void Feed::end() {
  if (!up_) return;
  up_ = false;
  counters_.up->Set(0);
  counters_.round_trip_seconds->Set(0);
  counters_.bits_per_second->Set(0);
  publisher_.cut = nullptr;
  publisher_.round_trip = nullptr;
  publisher_.keyframe = nullptr;
  video_track_.clear();
  audio_track_.clear();
  drop_kept();
  needs_keyframe_ = true;
  overflowed_ = false;
  tracks_unsent_ = false;
  untold_errors_ = 0;
  if (link_) end_unsent_ = !send_end();
}

void Feed::measured(const PathHealth& health) {
  const PathHealth before = figures_.path.value_or(PathHealth{});
  const auto add = [&](size_t which, uint64_t PathHealth::*count) {
    if (health.*count > before.*count)
      counters_.path_packets[which]->Increment(static_cast<double>(health.*count - before.*count));
  };
  add(0, &PathHealth::packets);
  add(1, &PathHealth::lost);
  add(2, &PathHealth::retransmitted);
  add(3, &PathHealth::too_late);
  if (health.too_late > before.too_late)
    untold_errors_ +=
        static_cast<uint32_t>(std::min<uint64_t>(health.too_late - before.too_late, 1'000'000));
  counters_.round_trip_seconds->Set(std::chrono::duration<double>(health.round_trip).count());
  counters_.bits_per_second->Set(health.bits_per_second);
  figures_.path = health;
}

void Feed::stream_errors(StreamError kind, uint64_t count) {
  uint64_t& all = figures_.stream_errors.emplace(figures_.stream_errors.value_or(0));
  if (kind != StreamError::kLeftOut) {
    all += count;
    untold_errors_ += static_cast<uint32_t>(std::min<uint64_t>(count, 1'000'000));
  }
  if (count > 0)
    counters_.stream_errors[static_cast<size_t>(kind)]->Increment(static_cast<double>(count));
}

// Kept from a keyframe on. What a feed without video sent is past, and of no use to anyone.
void Feed::keep(const FeedUnit& unit, const Bytes& wire) {
  const bool begins = is_video(unit.codec) && unit.keyframe;
  if (begins) drop_kept();
  if (kept_.empty() && !begins) return;
  if (kept_bytes_ + wire.size() > kMaxKeptBytes) {
    spdlog::warn(
        "more than {} MiB since the last keyframe; a streamer that starts now waits for "
        "the next one channel={}",
        kMaxKeptBytes >> 20, channel_);
    return drop_kept();
  }
  kept_.push_back({unit.codec, wire});
  kept_bytes_ += wire.size();
}

void Feed::drop_kept() {
  kept_.clear();
  kept_bytes_ = 0;
}

bool Feed::send(MessageKind kind, ByteSpan body) {
  if (link_->send(kind, body)) return true;
  if (!link_->open()) link_.reset();
  return false;
}

bool Feed::send_tracks() {
  for (const Bytes* track : {&video_track_, &audio_track_}) {
    if (!track->empty() && !send(MessageKind::kFeedTrack, *track)) return false;
  }
  return true;
}

void Feed::pass_on(const FeedUnit& unit, const Bytes& wire) {
  const bool video = is_video(unit.codec);
  if (video && needs_keyframe_ && !unit.keyframe) {
    if (overflowed_) metrics_.dropped(DropReason::kQueueFull);
    return;
  }
  if (end_unsent_) end_unsent_ = !send_end();
  if (link_ && !end_unsent_ && tracks_unsent_) tracks_unsent_ = !send_tracks();
  if (link_ && !end_unsent_ && !tracks_unsent_ && send(MessageKind::kFeedUnit, wire)) {
    if (video) needs_keyframe_ = overflowed_ = false;
    return;
  }
  if (!link_) return;  // the streamer died; its successor gets all from the last keyframe on
  metrics_.dropped(DropReason::kQueueFull);
  if (video) overflow();
}

// Of senders that make none by themselves: what is kept grows old, or is not kept any more.
void Feed::ask_for_keyframe() const {
  if (up_ && publisher_.keyframe) publisher_.keyframe();
}

void Feed::overflow() {
  if (!overflowed_)
    spdlog::warn("the streamer does not keep up; leaving out video up to a keyframe channel={}",
                 channel_);
  needs_keyframe_ = overflowed_ = true;
  ask_for_keyframe();
}

void Feed::attach(std::shared_ptr<Link> link) {
  link_ = std::move(link);
  send_kept();
  ask_for_keyframe();
}

bool Feed::send_end() {
  Bytes body;
  write_feed_end(input_, body);
  return send(MessageKind::kFeedEnd, body);
}

// What the streamer counts as errors: what is missing or broken by the time that it is here.
void Feed::tell_errors(Monotonic now) {
  if (!link_ || untold_errors_ == 0 || now < errors_told_ + kErrorsToldEvery) return;
  Bytes body;
  write_feed_errors({input_, untold_errors_}, body);
  if (!send(MessageKind::kFeedErrors, body)) return;
  untold_errors_ = 0;
  errors_told_ = now;
}

void Feed::send_kept() {
  needs_keyframe_ = true;
  overflowed_ = end_unsent_ = false;
  tracks_unsent_ = up_ && !send_tracks();
  if (tracks_unsent_ || !link_) return;
  for (const Kept& kept : kept_) {
    if (!send(MessageKind::kFeedUnit, kept.wire)) {
      metrics_.dropped(DropReason::kQueueFull);
      return overflow();
    }
    if (is_video(kept.codec)) needs_keyframe_ = false;
  }
}

}  // namespace longmen
