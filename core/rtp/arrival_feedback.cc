#include "core/rtp/arrival_feedback.h"

#include <algorithm>

namespace longmen {

void ArrivalFeedback::note(uint16_t transport_sequence, Monotonic now) {
  if (arrivals_.size() >= rtcp::kMaxFeedbackPackets) return;
  arrivals_.push_back({sequence_.unwrap(transport_sequence), now});
}

bool ArrivalFeedback::write(uint32_t own_ssrc, uint32_t media_ssrc, Bytes& out) {
  std::vector<Arrival> arrivals = std::move(arrivals_);
  arrivals_.clear();
  std::erase_if(arrivals, [&](const Arrival& arrival) {
    return told_until_ && arrival.sequence < *told_until_ - kMostBack;
  });
  if (arrivals.empty()) return false;
  std::ranges::sort(arrivals, {}, &Arrival::sequence);
  const int64_t first = arrivals.front().sequence;
  const int64_t base = std::min(told_until_.value_or(first), first);
  const int64_t end = arrivals.back().sequence + 1;
  told_until_ = std::max(told_until_.value_or(end), end);
  if (end - base > static_cast<int64_t>(rtcp::kMaxFeedbackPackets)) return false;
  rtcp::TransportFeedback feedback;
  feedback.sender_ssrc = own_ssrc;
  feedback.media_ssrc = media_ssrc;
  feedback.base_sequence = static_cast<uint16_t>(base);
  feedback.feedback_count = feedback_count_++;
  // The first to have come may not be the first in order; deltas go both ways from here.
  feedback.reference =
      std::chrono::duration_cast<rtcp::FeedbackTicks>(arrivals.front().at.time_since_epoch());
  feedback.packets.resize(static_cast<size_t>(end - base));
  for (const Arrival& arrival : arrivals) {
    rtcp::FeedbackPacket& packet = feedback.packets[static_cast<size_t>(arrival.sequence - base)];
    packet.received = true;
    packet.arrival = std::chrono::duration_cast<rtcp::FeedbackTicks>(arrival.at.time_since_epoch());
  }
  rtcp::write_transport_feedback(feedback, out);
  return true;
}

}  // namespace longmen
