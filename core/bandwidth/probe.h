// An attempt to find out whether a link carries more than what is being sent: padding on top of the
// media, from nothing up to the wanted rate within kRamp, then kHold at that rate. The ramp makes
// it end by itself at the link's rate with a queue that is short: the first feedback that shows one
// ends it. It decides how much padding is due and what the link was seen to carry; when to probe
// and what follows is RenditionChoice's, and of what the padding consists the viewer's.
// Bounds: kMaxProbeBytes of padding; over kVerdictWait after its end at the latest. One thread.
#pragma once

#include <optional>

#include "core/bandwidth/bandwidth_estimator.h"

namespace longmen {

class Probe {
 public:
  static constexpr std::chrono::nanoseconds kRamp = std::chrono::milliseconds(600);
  static constexpr std::chrono::nanoseconds kHold = std::chrono::milliseconds(400);
  static constexpr std::chrono::nanoseconds kVerdictWait = std::chrono::milliseconds(1000);
  // Longer than a keyframe of the rung below keeps a link of that rate busy.
  static constexpr std::chrono::nanoseconds kProbeQueue = std::chrono::milliseconds(100);
  static constexpr double kProbeLoss = 0.05;  // above what was lost before
  static constexpr size_t kMaxProbeBytes = size_t{512} * 1024;

  // Media takes `from` already; `to` is the rate to reach with it. While none is under way.
  void start(Bitrate from, Bitrate to, const LinkView& link, Monotonic now);
  bool under_way() const { return under_way_; }

  // Padding that is to leave now.
  size_t due_bytes(Monotonic now) const;
  void note_sent(size_t bytes) { sent_bytes_ += bytes; }

  // After each feedback, and now and then. The rate that was carried without a queue, once that is
  // known, which ends the probe.
  std::optional<Bitrate> verdict(const LinkView& link, std::optional<Monotonic> newest_sent,
                                 Monotonic now);
  void give_up() { under_way_ = false; }

 private:
  double padding_bytes(std::chrono::nanoseconds since_begin) const;
  Bitrate rate(std::chrono::nanoseconds since_begin) const;

  bool under_way_ = false;
  Bitrate from_;
  Bitrate to_;
  Monotonic begun_{};
  std::chrono::nanoseconds queue_before_{0};
  double loss_before_ = 0;
  size_t sent_bytes_ = 0;
};

}  // namespace longmen
