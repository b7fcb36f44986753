#include "core/bandwidth/probe.h"

#include <algorithm>

namespace longmen {

void Probe::start(Bitrate from, Bitrate to, const LinkView& link, Monotonic now) {
  under_way_ = true;
  from_ = from;
  to_ = to;
  begun_ = now;
  queue_before_ = link.standing_queue.value_or(std::chrono::nanoseconds(0));
  loss_before_ = link.loss.value_or(0);
  sent_bytes_ = 0;
}

// The integral of the ramp and what follows it.
double Probe::padding_bytes(std::chrono::nanoseconds since_begin) const {
  const double ramp = to_seconds(kRamp);
  const double t = std::clamp(to_seconds(since_begin), 0.0, to_seconds(kRamp + kHold));
  const double seconds_at_full_rate = t < ramp ? t * t / (2 * ramp) : t - ramp / 2;
  return std::min<double>(kMaxProbeBytes, (to_ - from_).bps * seconds_at_full_rate / 8);
}

Bitrate Probe::rate(std::chrono::nanoseconds since_begin) const {
  const double share = std::clamp(to_seconds(since_begin) / to_seconds(kRamp), 0.0, 1.0);
  return from_ + (to_ - from_) * share;
}

size_t Probe::due_bytes(Monotonic now) const {
  if (!under_way_ || now - begun_ > kRamp + kHold) return 0;
  const double due = padding_bytes(now - begun_) - static_cast<double>(sent_bytes_);
  return due > 0 ? static_cast<size_t>(due) : 0;
}

std::optional<Bitrate> Probe::verdict(const LinkView& link, std::optional<Monotonic> newest_sent,
                                      Monotonic now) {
  const auto ends_with = [this](Bitrate carried) {
    under_way_ = false;
    return carried;
  };
  if (link.silent || now - begun_ > kRamp + kHold + kVerdictWait) return ends_with(from_);
  if (!newest_sent || *newest_sent < begun_) return std::nullopt;
  if (link.loss.value_or(0) > loss_before_ + kProbeLoss) return ends_with(from_);
  const std::chrono::nanoseconds reached = *newest_sent - begun_;
  if (link.measured_queue > queue_before_ + kProbeQueue)
    return ends_with(std::min(rate(reached), link.capacity.value_or(from_)));
  if (reached < kRamp + kHold) return std::nullopt;
  // What could not be sent, for want of packets to repeat, proves nothing.
  const double wanted_bytes = std::max(1.0, padding_bytes(kRamp + kHold));
  const double share = static_cast<double>(sent_bytes_) / wanted_bytes;
  return ends_with(share >= 0.9 ? to_ : from_ + (to_ - from_) * share);
}

}  // namespace longmen
