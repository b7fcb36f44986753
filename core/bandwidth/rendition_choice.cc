#include "core/bandwidth/rendition_choice.h"

#include <algorithm>
#include <utility>

namespace longmen {
namespace {

// The best rung from `from` on that needs no more than `rate`; the lowest when none does.
size_t fitting(const Ladder& ladder, Bitrate rate, size_t from = 0) {
  for (size_t position = from; position < ladder.count; ++position)
    if (ladder.rungs[position].need <= rate) return position;
  return ladder.count - 1;
}

size_t position_of(const Ladder& ladder, RenditionId id) {
  for (size_t position = 0; position < ladder.count; ++position)
    if (ladder.rungs[position].id >= id) return position;
  return ladder.count - 1;
}

}  // namespace

size_t RenditionChoice::position(const Ladder& ladder) const {
  return sound_only_ ? ladder.count : position_of(ladder, target_);
}

size_t RenditionChoice::best_position(const Ladder& ladder, Monotonic now) const {
  size_t best = 0;
  while (now < blocked_until_ && best + 1 < ladder.count && ladder.rungs[best].id <= blocked_)
    ++best;
  return best;
}

Bitrate RenditionChoice::need(const Ladder& ladder) const {
  return ladder.rungs[position_of(ladder, target_)].need;
}

void RenditionChoice::aim(size_t position, const Ladder& ladder) {
  sound_only_ = position == ladder.count;
  target_ = ladder.rungs[std::min(position, ladder.count - 1)].id;
}

void RenditionChoice::note_shown(RenditionId rung, Monotonic now) {
  if (shown_ != rung || sound_only_) shown_at_ = now;
  shown_ = rung;
}

void RenditionChoice::note_late() {
  late_ = true;
}

void RenditionChoice::update(const LinkView& link, const Ladder& ladder, bool may_probe,
                             Monotonic now) {
  if (ladder.count == 0) return;
  if (!begun_) {
    begun_ = now;
    aim(fitting(ladder, kAssumedCapacity * kUse), ladder);
    next_probe_ = now + kFirstProbeWait;
  }
  const bool late = late_;
  ever_heard_ = ever_heard_ || link.heard;
  if (!link.heard) return follow_reports(link, ladder, now);
  if (sound_only_) {
    late_ = false;
    if (now >= next_probe_ && !link.silent) step_up(ladder.count - 1, ladder, now);
    return;
  }
  const size_t at = position(ladder);
  if (!shown_ || position_of(ladder, *shown_) != at) return await_target(link, ladder);
  learn_from_loss(link, now);
  if (!late && now - shown_at_ < kSettle) return;
  if (late && now - shown_at_ < kSettle / 4) return;  // what is late is still the rung before
  if (troubled(link, ladder.rungs[at].need)) return step_down(link, ladder, now);
  late_ = false;
  if (now - shown_at_ > kTrial) sound_wait_ = kFirstSoundWait;
  const bool calm = link.standing_queue && *link.standing_queue < kCalmQueue;
  if (!may_probe && at > best_position(ladder, now) && calm && now >= next_probe_ + kMaxProbeWait &&
      link.capacity.value_or(kAssumedCapacity * 2) * kUse >= ladder.rungs[at - 1].need)
    step_up(at - 1, ladder, now);
}

bool RenditionChoice::troubled(const LinkView& link, Bitrate need) const {
  const bool slower = link.capacity && *link.capacity < need * 0.95;
  return late_ || (slower && link.measured_queue > kTroubleQueue) ||
         link.standing_queue.value_or(std::chrono::nanoseconds(0)) > kStandingQueue ||
         (!left_for_loss_ && link.proven_loss > tolerated_loss_);
}

// Another rung was chosen and is not shown yet: its keyframe has not come. What is known may say
// meanwhile that it was too much.
void RenditionChoice::await_target(const LinkView& link, const Ladder& ladder) {
  late_ = false;
  if (!link.capacity) return;
  const size_t at = position(ladder);
  const bool goes_up = shown_ && at < position_of(ladder, *shown_);
  const bool queued = link.measured_queue > kTroubleQueue;
  if (!goes_up && !queued && shown_) return;
  const size_t lowest = goes_up && !queued ? position_of(ladder, *shown_) : ladder.count - 1;
  // A probe has shown more than the link's rate alone can.
  if (goes_up && !queued && upgraded_at_) return;
  aim(std::min(fitting(ladder, *link.capacity * kUse, at), lowest), ladder);
}

// Others' traffic passes; a link that is too slow stays so.
bool RenditionChoice::gives_up_last_rung(const LinkView& link, Bitrate need, Monotonic now) {
  if (link.capacity.value_or(need) >= need * 0.9) return false;
  if (!last_rung_trouble_ || now - *last_rung_trouble_ > kLastRungMemory) {
    last_rung_trouble_ = now;
    return false;
  }
  if (now - *last_rung_trouble_ < kLastRungPatience) return false;
  last_rung_trouble_.reset();
  return true;
}

void RenditionChoice::step_down(const LinkView& link, const Ladder& ladder, Monotonic now) {
  const size_t at = position(ladder);
  const bool late = std::exchange(late_, false);
  const bool queued = late || link.measured_queue > kCalmQueue;
  const bool last = at + 1 == ladder.count;
  if (last && !(queued && gives_up_last_rung(link, ladder.rungs[at].need, now))) return;
  size_t to = at + 1;
  if (!last && queued && link.capacity)
    to = std::max(to, fitting(ladder, *link.capacity * kUse, at));
  if (!queued) left_for_loss_ = link.loss;
  aim(to, ladder);
  if (sound_only_) {
    next_probe_ = now + sound_wait_;
    sound_wait_ = std::min(sound_wait_ * 2, kMaxSoundWait);
    shown_.reset();
    return;
  }
  const bool tried_in_vain = upgraded_at_ && now - *upgraded_at_ < kTrial;
  next_probe_ = now + kFirstProbeWait;
  if (tried_in_vain) {
    blocked_ = ladder.rungs[at].id;
    blocked_until_ = now + backoff_;
  }
  backoff_ = tried_in_vain ? std::min(backoff_ * 2, kMaxBackoff) : kFirstBackoff;
  upgraded_at_.reset();
  probe_wait_ = kFirstProbeWait;
  failed_at_ = link.capacity;
}

void RenditionChoice::step_up(size_t position, const Ladder& ladder, Monotonic now) {
  aim(position, ladder);
  upgraded_at_ = now;
  probe_wait_ = kFirstProbeWait;
  next_probe_ = now + kFirstProbeWait;
  failed_at_.reset();
}

// Loss that a lower rung does not mend is the path's own.
void RenditionChoice::learn_from_loss(const LinkView& link, Monotonic now) {
  if (!left_for_loss_ || now - shown_at_ < kLossSettle) return;
  const double before = *std::exchange(left_for_loss_, std::nullopt);
  if (link.loss.value_or(0) < before / 2) return;
  tolerated_loss_ = std::min(kMostLossTolerated, std::max(before, *link.loss) * 1.3);
  next_probe_ = now;
}

std::optional<Bitrate> RenditionChoice::probe_goal(const LinkView& link, const Ladder& ladder,
                                                   Monotonic now) const {
  if (ladder.count == 0 || sound_only_ || !link.heard || link.silent) return std::nullopt;
  const size_t at = position(ladder);
  if (at == 0 || !shown_ || position_of(ladder, *shown_) != at) return std::nullopt;
  if (!link.standing_queue || *link.standing_queue > kCalmQueue) return std::nullopt;
  const size_t best = best_position(ladder, now);
  if (best >= at) return std::nullopt;
  const Bitrate next = ladder.rungs[at - 1].need;
  if (next <= ladder.rungs[at].need) return std::nullopt;  // nothing to find out
  // The trains of keyframes tell when the link has become faster.
  const bool faster = failed_at_ && link.capacity && now - last_probe_ >= kMinProbeSpacing &&
                      *link.capacity > *failed_at_ * 1.4 && *link.capacity * kUse > next;
  if (now < next_probe_ && !faster) return std::nullopt;
  // One rung, or as many at once as the link's rate gives hope for.
  const size_t hoped = std::max(best, fitting(ladder, link.capacity.value_or(next) * kUse));
  return ladder.rungs[std::min(hoped, at - 1)].need * kProbeTop;
}

void RenditionChoice::note_probe(Bitrate carried, const LinkView& link, const Ladder& ladder,
                                 Monotonic now) {
  if (ladder.count == 0 || sound_only_) return;
  last_probe_ = now;
  const size_t to =
      std::max(fitting(ladder, carried * (1 / kProbeMargin)), best_position(ladder, now));
  if (to < position(ladder)) return step_up(to, ladder, now);
  next_probe_ = now + probe_wait_;
  probe_wait_ = std::min(probe_wait_ * 2, kMaxProbeWait);
  failed_at_ = link.capacity;
}

// REMB and receiver reports, which players without transport-cc send.
void RenditionChoice::follow_reports(const LinkView& link, const Ladder& ladder, Monotonic now) {
  late_ = false;
  if (!link.remb && !link.reported_loss) {
    if (!ever_heard_ && now - *begun_ >= kNoReportWait) aim(0, ladder);
    return;
  }
  const size_t at = position(ladder);
  if (sound_only_) {
    if (now >= next_probe_) step_up(ladder.count - 1, ladder, now);
    return;
  }
  if (!shown_ || position_of(ladder, *shown_) != at) return;
  // A receiver's first estimates start low and rise with what comes: alone they prove nothing.
  const bool lossy = link.reported_loss.value_or(0) > tolerated_loss_;
  const bool squeezed = link.remb && *link.remb < ladder.rungs[at].need * 0.95 &&
                        link.reported_loss.value_or(0) > 0.02;
  if (!lossy && !squeezed) {
    bad_reports_since_.reset();
    const bool carries = link.remb && *link.remb * kUse >= ladder.rungs[at > 0 ? at - 1 : 0].need;
    const auto wait = carries ? std::chrono::nanoseconds(0) : kMaxProbeWait;
    if (at > best_position(ladder, now) && now >= next_probe_ + wait) step_up(at - 1, ladder, now);
    return;
  }
  if (!bad_reports_since_) bad_reports_since_ = now;
  if (now - *bad_reports_since_ < kReportPatience || now - shown_at_ < kReportPatience) return;
  bad_reports_since_.reset();
  LinkView reported = link;
  reported.capacity = squeezed ? link.remb : std::nullopt;
  reported.measured_queue = squeezed ? kTroubleQueue : std::chrono::nanoseconds(0);
  step_down(reported, ladder, now);
}

}  // namespace longmen
