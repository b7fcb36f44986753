#include "load/light_feedback.h"

namespace longmen {
namespace {

uint32_t arrival_units(Monotonic at) {
  return static_cast<uint32_t>(at.time_since_epoch().count() >> kArrivalShift);
}

// The filter may have noted it after `now` was looked at.
rtcp::FeedbackTicks time_of(const FilterArrival& arrival, Monotonic now) {
  const int64_t ago = static_cast<int32_t>(arrival_units(now) - arrival.time);
  const std::chrono::nanoseconds at =
      now.time_since_epoch() - std::chrono::nanoseconds(ago * (int64_t{1} << kArrivalShift));
  return std::chrono::duration_cast<rtcp::FeedbackTicks>(at);
}

int distance(uint16_t from, uint32_t to) {
  return static_cast<int16_t>(static_cast<uint16_t>(to) - from);
}

}  // namespace

std::optional<rtcp::TransportFeedback> LightFeedback::next(const FilterCounters& counted,
                                                           const FilterArrivals& arrivals,
                                                           Monotonic now) {
  const auto buffer = [&](uint64_t number) -> const FilterArrival& {
    return arrivals[number % kFilterArrivals];
  };
  if (!told_) told_ = static_cast<uint16_t>(counted.transport_sequence - counted.transport_packets);
  // The newest one may have been counted and not noted yet.
  uint64_t last = counted.trains;
  if (last > 0 && buffer(last).sequence != counted.transport_sequence) --last;
  if (last == 0 || distance(*told_, buffer(last).sequence) <= 0) return {};

  uint64_t first = last;
  while (first > 1 && last - first + 1 < kToldArrivals &&
         distance(*told_, buffer(first - 1).sequence) > 0)
    --first;
  const bool left_out = first > 1 && distance(*told_, buffer(first - 1).sequence) > 0;
  auto sequence = static_cast<uint16_t>(left_out ? buffer(first - 1).sequence : *told_);

  rtcp::TransportFeedback feedback;
  feedback.base_sequence = static_cast<uint16_t>(sequence + 1);
  feedback.feedback_count = count_++;
  feedback.reference = time_of(buffer(first), now);
  for (uint64_t number = first; number <= last; ++number) {
    const rtcp::FeedbackTicks arrival = time_of(buffer(number), now);
    while (distance(sequence, buffer(number).sequence) > 0 &&
           feedback.packets.size() < kMaxToldPackets)
      feedback.packets.push_back({++sequence, true, arrival});
  }
  told_ = static_cast<uint16_t>(buffer(last).sequence);
  return feedback;
}

}  // namespace longmen
