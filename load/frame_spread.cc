#include "load/frame_spread.h"

#include <algorithm>

namespace longmen {

void FrameSpread::look(std::span<const FrameArrival> arrivals) {
  if (viewers_.empty()) return begin(arrivals);
  for (size_t i = 0; i < arrivals.size(); ++i) {
    // The count goes on before the time does: a new time has its count already.
    if (arrivals[i].newest_began == viewers_[i].newest_began) continue;
    viewers_[i].newest_began = arrivals[i].newest_began;
    note(arrivals[i].frames - viewers_[i].first_frame, arrivals[i].newest_began);
  }
  while (!pending_.empty() && pending_.begin()->first + kMaxPending <= newest_) {
    pending_.erase(pending_.begin());
    ++missed_;
  }
}

void FrameSpread::begin(std::span<const FrameArrival> arrivals) {
  if (arrivals.empty()) return;
  const auto [first, last] = std::ranges::minmax(arrivals, {}, &FrameArrival::newest_began);
  if (first.newest_began == Monotonic{} || last.newest_began - first.newest_began > kAligned)
    return;
  for (const FrameArrival& arrival : arrivals)
    viewers_.push_back({arrival.frames, arrival.newest_began});
}

void FrameSpread::note(uint64_t number, Monotonic began) {
  newest_ = std::max(newest_, number);
  if (number + kMaxPending <= newest_) return;  // missed already
  Frame& frame = pending_.try_emplace(number, Frame{began, began, 0}).first->second;
  frame.first = std::min(frame.first, began);
  frame.last = std::max(frame.last, began);
  if (++frame.viewers < viewers_.size()) return;
  spreads_ms_.push_back(
      std::chrono::duration<double, std::milli>(frame.last - frame.first).count());
  pending_.erase(number);
}

}  // namespace longmen
