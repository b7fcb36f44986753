#include "core/node/air_line.h"

#include <algorithm>

namespace longmen {

void AirLine::order(AirRule rule, MediaTime now, Flicks delay) {
  advance(now);
  const bool first = !delay_;
  if (delay_ && *delay_ != delay) begin_another(now, delay);
  delay_ = delay;
  const AirOrder last = newest();
  if (rule == last.rule) return;
  if (rule == AirRule::kCut) {
    waiting_.clear();
    in_force_ = followed_by(in_force_, rule, now);
    in_force_.hidden_before = now + delay;
    return;
  }
  AirOrder order = followed_by(last, rule, now);
  if (last.holds_feed()) order.hidden_before = now + delay;
  MediaTime from = now;
  if (!last.holds_feed()) from += delay;
  if (!waiting_.empty()) from = std::max(from, waiting_.back().from);
  waiting_.push_back({from, order});
  if (waiting_.size() > kMaxWaiting) {
    in_force_ = waiting_.front().order;
    waiting_.pop_front();
  }
  if (first) put_newest_into_force();
  advance(now);
}

void AirLine::put_newest_into_force() {
  in_force_ = newest();
  waiting_.clear();
}

// What was held, and what waited for it to air, is no more; what is made now airs after `delay`.
void AirLine::begin_another(MediaTime now, Flicks delay) {
  put_newest_into_force();
  in_force_.hidden_before = std::min(in_force_.hidden_before, now + delay + kAnotherWithin);
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
