#include "core/feed/frame_retimer.h"

#include <algorithm>

#include "core/time/floor_div.h"

namespace longmen {
namespace {

constexpr int kIntervalSmoothing = 32;
constexpr int kLongestInterval = 4;  // in slots; longer pauses do not count as the feed's rate
constexpr int64_t kMostFramesPerSlot = 4;
constexpr int kSteadyWithinPercent = 2;  // 29.97 on 30 is 0.1 %, 24 on 25 is 4 %

}  // namespace

FrameRetimer::FrameRetimer(FrameGrid grid, MediaTime start, FrameRetimerOptions options)
    : grid_(grid),
      options_(options),
      next_slot_(grid.first_slot_from(start)),
      interval_(grid.slot_duration()) {}

bool FrameRetimer::push(FrameToken token, MediaTime mapped, MediaTime now) {
  measure(mapped);
  const Flicks slot_duration = grid_.slot_duration();
  SlotIndex slot = pending_.empty() ? next_slot_ : pending_.back().slot + 1;
  Flicks error = mapped - grid_.time_of(slot);
  const bool next_frame_fits_better = error - phase_ < -interval_ / 2;
  if (next_frame_fits_better) {
    last_push_ = now;
    keep_late(token);
    return true;
  }
  const Flicks beyond = error - phase_ - slot_duration / 2;
  if (beyond > Flicks(0)) {
    const int64_t skipped = ceil_div(beyond.count(), slot_duration.count());
    slot += skipped;
    error -= skipped * slot_duration;
  }
  if (grid_.time_of(slot) > now + options_.max_early || pending_.size() == kMaxPending) {
    ++counts_.dropped;
    return false;
  }
  last_push_ = now;
  if (late_) ++counts_.dropped;
  late_.reset();
  pending_.push_back({slot, token});
  phase_ = keeps_phase() ? std::clamp(error, -slot_duration / 2, slot_duration / 2) : Flicks(0);
  return true;
}

void FrameRetimer::measure(MediaTime mapped) {
  if (last_mapped_) {
    const Flicks interval = mapped - *last_mapped_;
    if (interval > Flicks(0) && interval < kLongestInterval * grid_.slot_duration()) {
      measured_ = std::min(measured_ + 1, kIntervalSmoothing);
      interval_ += (interval - interval_) / measured_;
    }
  }
  last_mapped_ = mapped;
}

// Whether the feed's rate is the grid's, or a whole multiple of it.
bool FrameRetimer::keeps_phase() const {
  const Flicks slot_duration = grid_.slot_duration();
  const int64_t frames_per_slot = std::max<int64_t>(1, (slot_duration + interval_ / 2) / interval_);
  if (frames_per_slot > kMostFramesPerSlot) return false;
  const Flicks off = std::chrono::abs(slot_duration - frames_per_slot * interval_);
  return off * 100 <= slot_duration * kSteadyWithinPercent;
}

void FrameRetimer::keep_late(FrameToken token) {
  if (late_) ++counts_.dropped;
  late_ = token;
}

std::optional<FrameSlot> FrameRetimer::poll(MediaTime now) {
  if (now < next_deadline()) return std::nullopt;
  const Flicks slot_duration = grid_.slot_duration();
  next_early_ = std::max(next_early_, now - (kAtOnce - 1) * slot_duration) + slot_duration * 4 / 5;
  if (!pending_.empty()) {
    if (next_slot_ < pending_.front().slot) return fill(now);
    const FrameToken token = pending_.front().token;
    pending_.pop_front();
    return show(token);
  }
  if (!late_) return fill(now);
  const FrameToken token = *late_;
  late_.reset();
  ++counts_.late;
  return show(token);
}

FrameSlot FrameRetimer::show(FrameToken token) {
  ++counts_.shown;
  shown_ = token;
  const SlotIndex slot = next_slot_++;
  return {slot, grid_.time_of(slot), SlotPicture::kFrame, token};
}

FrameSlot FrameRetimer::fill(MediaTime now) {
  const SlotIndex slot = next_slot_++;
  const bool sounds = last_heard_ && now < *last_heard_ + options_.lost_after;
  const Flicks lost_after = sounds ? options_.lost_beside_sound : options_.lost_after;
  const bool lost = !shown_ || now >= last_push_ + lost_after;
  if (lost) {
    ++counts_.empty;
    return {slot, grid_.time_of(slot), SlotPicture::kNone, 0};
  }
  ++counts_.repeated;
  return {slot, grid_.time_of(slot), SlotPicture::kRepeat, *shown_};
}

MediaTime FrameRetimer::next_deadline() const {
  const MediaTime latest = grid_.time_of(next_slot_) + options_.wait + grid_.slot_duration() / 2;
  return pending_.empty() ? latest : std::min(latest, next_early_);
}

void FrameRetimer::forget_cadence() {
  last_mapped_.reset();
  interval_ = grid_.slot_duration();
  measured_ = 0;
  phase_ = Flicks(0);
}

}  // namespace longmen
