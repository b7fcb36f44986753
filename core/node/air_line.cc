#include "core/node/air_line.h"

#include <algorithm>

namespace longmen {

void AirLine::order(AirRule rule, MediaTime now, Flicks delay) {
  advance(now);
  const AirOrder newest = waiting_.empty() ? in_force_ : waiting_.back().order;
  if (rule == newest.rule) return;
  if (rule == AirRule::kCut) {
    waiting_.clear();
    in_force_ = followed_by(in_force_, rule, now);
    in_force_.hidden_before = now + delay;
    return;
  }
  AirOrder order = followed_by(newest, rule, now);
  if (newest.holds_feed()) order.hidden_before = now + delay;
  MediaTime from = now;
  if (!newest.holds_feed()) from += delay;
  if (!waiting_.empty()) from = std::max(from, waiting_.back().from);
  waiting_.push_back({from, order});
  if (waiting_.size() > kMaxWaiting) {
    in_force_ = waiting_.front().order;
    waiting_.pop_front();
  }
  advance(now);
}

bool AirLine::advance(MediaTime now) {
  const AirOrder before = in_force_;
  while (!waiting_.empty() && waiting_.front().from <= now) {
    in_force_ = waiting_.front().order;
    waiting_.pop_front();
  }
  return in_force_ != before;
}

std::optional<MediaTime> AirLine::next() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().from;
}

}  // namespace longmen
