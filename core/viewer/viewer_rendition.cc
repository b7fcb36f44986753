// Which rendition a viewer gets, and when none: what the estimate, the choice and the probe mean
// for the cursor.
#include <algorithm>
#include <utility>

#include "core/viewer/viewer.h"

namespace longmen {

void Viewer::select_video(RenditionId rendition) {
  automatic_ = false;
  selected_video_ = rendition;
  probe_.give_up();
}

// ---- what the link carries

Ladder Viewer::ladder_of(const ChannelCache& channel) const {
  Ladder ladder;
  const Bitrate sound =
      audio_ ? channel.cache(channel.nearest_sound(selected_sound_)).rate().value_or(Bitrate{})
             : Bitrate{};
  for (uint8_t rung = 0; rung < kMaxVideoRenditions; ++rung) {
    const RenditionId id{rung};
    if (!channel.has(id)) continue;
    const std::optional<Bitrate> video = channel.cache(id).rate();
    ladder.rungs[ladder.count++] = Rung{id, video ? *video + sound : Bitrate{}};
  }
  return ladder;
}

void Viewer::adapt(const ChannelCache& channel, Monotonic now) {
  feedback_came_ = false;
  next_adapt_ = now + kAdaptInterval;
  estimator_.handle_timeout(now);
  if (!video_ || !automatic_) return;
  const LinkView link = estimator_.view(now);
  const Ladder ladder = ladder_of(channel);
  const bool may_probe =
      video_->stream.parameters().rtx_payload_type.has_value() && video_->ids.transport_cc != 0;
  if (probe_.under_way()) {
    if (const auto carried = probe_.verdict(link, estimator_.newest_sent(), now))
      choice_.note_probe(*carried, link, ladder, now);
  }
  const RenditionId before = choice_.target();
  choice_.update(link, ladder, may_probe, now);
  if (choice_.target() != before || choice_.sound_only()) probe_.give_up();
  if (!may_probe || probe_.under_way() || held_) return;
  if (const auto goal = choice_.probe_goal(link, ladder, now)) {
    probe_.start(choice_.need(ladder), *goal, link, now);
    ++counters_.probes;
  }
}

void Viewer::handle_transport_feedback(const rtcp::TransportCc& feedback, Monotonic now) {
  const auto reader = rtcp::FeedbackReader::open(feedback.packet);
  if (!reader) {
    ++counters_.rejected_rtcp;
    return;
  }
  estimator_.handle_feedback(*reader, now);
  quality_.link = estimator_.view(now);
  feedback_came_ = true;
}

// Padding: what the viewer has already, by RTX (RFC 4588), from the newest packet backwards.
bool Viewer::add_probe(TrainBuilder& builder, const ChannelCache& channel, Monotonic now) {
  if (!probe_.under_way() || held_) return false;
  const size_t due_bytes = probe_.due_bytes(now);
  if (due_bytes < kMaxUdpPayloadBytes) return false;
  for (size_t tries = 0; tries < kMaxProbeAge; ++tries) {
    const Train& train = builder.train();
    if (train.segments == kMaxProbeTrain || train.bytes >= due_bytes) break;
    const size_t age = probe_age_ % kMaxProbeAge + 1;
    const std::optional<SentPacket> sent = video_->stream.recent(age);
    const std::optional<CachedPacket> cached =
        sent ? channel.cache(sent->rendition).find(sent->generation, sent->sequence) : std::nullopt;
    if (cached &&
        !builder.add_repeat(video_->stream, video_->ids, *cached->unit, cached->index, *sent))
      break;
    probe_age_ = age;
  }
  const Train& train = builder.train();
  if (train.segments == 0) return false;
  probe_.note_sent(train.bytes + train.segments * kDatagramOverheadBytes);
  counters_.probe_packets += train.segments;
  counters_.probe_bytes += train.bytes;
  return true;
}

// ---- when pictures start, stop and go on

bool Viewer::is_joinable(const GopCache& cache, const ChannelCache& channel) const {
  return cache.generation() == channel.generation() && cache.gop_begin();
}

std::chrono::nanoseconds Viewer::drain_time(const GopCache& cache) const {
  return time_to_send(static_cast<double>(cache.wire_bytes_from(*cache.gop_begin())),
                      estimator_.believed_rate());
}

// At once from the best rung whose backlog is soon through; else from the next keyframe.
void Viewer::join_video(const ChannelCache& channel, RenditionId wanted, Monotonic now) {
  for (uint8_t rung = wanted.value; rung < kMaxVideoRenditions; ++rung) {
    const RenditionId id{rung};
    if (!channel.has(id)) continue;
    const GopCache& cache = channel.cache(id);
    if (!is_joinable(cache, channel)) continue;
    const bool fresh = cache.end() - *cache.gop_begin() <= kFreshGop;
    if (fresh || drain_time(cache) <= kMaxJoinBacklog) return start_video(cache, id, now);
  }
}

// Evidence is needed besides the prediction: what was measured, not only what follows from it.
bool Viewer::would_be_late(Monotonic now) const {
  if (estimator_.silent(now)) return true;
  return estimator_.heard() && estimator_.newest_queue() > kMaxQueueing / 4 &&
         estimator_.predicted_queue(now) > kMaxQueueing;
}

// A keyframe of more bytes behind a queue that has not drained would come late.
// After joining, the link is to say something first; of one that says nothing of its queue nothing
// can be predicted, and the choice alone decides.
bool Viewer::may_switch(const GopCache& cache, RenditionId rendition, Monotonic now) const {
  if (!automatic_ || video_->cursor.rendition < rendition) return true;
  if (!estimator_.heard()) return !last_gop_start_ || now - *last_gop_start_ >= kFirstFeedbackWait;
  return estimator_.predicted_queue(now) + drain_time(cache) <= kMaxJoinBacklog;
}

// A lower rung need not be waited for when there is a queue and its backlog is short.
bool Viewer::may_leave_at_once(const GopCache& cache, RenditionId rendition, Monotonic now) const {
  return automatic_ && video_->cursor.rendition < rendition &&
         estimator_.measured_queue() > RenditionChoice::kTroubleQueue &&
         estimator_.predicted_queue(now) + drain_time(cache) <= kMaxQueueing;
}

void Viewer::hold_video(bool late) {
  if (!late && !std::exchange(sound_alone_, true)) ++counters_.switches_down;
  if (std::exchange(held_, true) || !late) return;
  ++counters_.late_stops;
  choice_.note_late();
  probe_.give_up();
}

// As soon as a cached GOP, or the keyframe that has just come, is through within the bound.
void Viewer::resume_video(const GopCache& cache, RenditionId rendition, Monotonic now) {
  if (estimator_.silent(now)) return;
  const std::chrono::nanoseconds queue = estimator_.predicted_queue(now);
  const bool fresh = cache.end() - *cache.gop_begin() <= kFreshGop && queue < kMaxQueueing / 4;
  if (!fresh && queue + drain_time(cache) > kMaxQueueing) return;
  const Cursor& cursor = video_->cursor;
  if (cursor.generation == cache.generation() && cursor.rendition == rendition &&
      *cache.gop_begin() > cursor.position)
    counters_.skipped_video_units += *cache.gop_begin() - cursor.position;
  else if (!sound_alone_)
    count_switch(cursor.rendition, rendition);
  start_video(cache, rendition, now);
}

// From the cached GOP if that is soon through, unless the next keyframe comes before; where neither
// is near, the encoder is to make one. Until then it stays lost.
void Viewer::mend_picture(const GopCache& cache, Monotonic now) {
  const bool soon = last_gop_start_ && now - *last_gop_start_ < kMinRestartSpacing;
  const bool has_left = cache.gop_begin() && *cache.gop_begin() < video_->cursor.position;
  if (soon || !has_left) return;  // its keyframe is next
  const std::chrono::nanoseconds through = estimator_.predicted_queue(now) + drain_time(cache);
  const std::optional<Flicks> keyframe = cache.until_keyframe();
  const bool nearer = keyframe && *keyframe < through;
  const bool fresh = cache.end() - *cache.gop_begin() <= kFreshGop;
  if (!nearer && (fresh || through <= kMaxJoinBacklog))
    return start_video(cache, video_->cursor.rendition, now);
  keyframe_wanted_ = !keyframe || *keyframe > kNearKeyframe;
}

void Viewer::count_switch(RenditionId from, RenditionId to) {
  if (to < from) ++counters_.switches_up;
  if (from < to) ++counters_.switches_down;
}

}  // namespace longmen
