#include "core/feed/playout_buffer.h"

#include <algorithm>
#include <utility>

namespace longmen {
namespace {

int64_t number_of(Monotonic now, std::chrono::nanoseconds bucket) {
  return now.time_since_epoch() / bucket;
}

}  // namespace

void PlayoutBuffer::push(Unit unit) {
  const Monotonic now = unit.arrival;
  Track& track = tracks_[unit.video];
  const auto delay = now.time_since_epoch() - floor_nanoseconds(unit.time);
  track.base = base_of(track, delay, now);
  note_lateness(delay - track.base, now);
  waiting_bytes_ += unit.data.size();
  track.units.push_back(std::move(unit));
}

std::chrono::nanoseconds PlayoutBuffer::base_of(Track& track, std::chrono::nanoseconds delay,
                                                Monotonic now) {
  const int64_t number = number_of(now, kBaseWindow / kBuckets);
  Bucket& own = track.least[static_cast<size_t>(number) % kBuckets];
  if (own.number != number) own = {number, delay};
  own.value = std::min(own.value, delay);
  std::chrono::nanoseconds least = own.value;
  for (const Bucket& bucket : track.least) {
    if (bucket.number >= 0 && bucket.number + static_cast<int64_t>(kBuckets) > number)
      least = std::min(least, bucket.value);
  }
  return least;
}

void PlayoutBuffer::note_lateness(std::chrono::nanoseconds lateness, Monotonic now) {
  const int64_t number = number_of(now, kMemory / kBuckets);
  Bucket& own = greatest_[static_cast<size_t>(number) % kBuckets];
  if (own.number != number) own = {number, lateness};
  own.value = std::max(own.value, lateness);
  std::chrono::nanoseconds greatest{0};
  for (const Bucket& bucket : greatest_) {
    if (bucket.number >= 0 && bucket.number + static_cast<int64_t>(kBuckets) > number)
      greatest = std::max(greatest, bucket.value);
  }
  delay_ = greatest <= kTolerated ? std::chrono::nanoseconds(0) : std::min(greatest, most_);
}

Monotonic PlayoutBuffer::due(const Track& track) const {
  const Unit& unit = track.units.front();
  const Monotonic planned(floor_nanoseconds(unit.time) + track.base + delay_);
  return std::clamp(planned, unit.arrival, unit.arrival + most_);
}

const PlayoutBuffer::Track* PlayoutBuffer::next_track() const {
  const Track* next = nullptr;
  for (const Track& track : tracks_) {
    if (!track.units.empty() && (!next || due(track) < due(*next))) next = &track;
  }
  return next;
}

std::optional<PlayoutBuffer::Unit> PlayoutBuffer::poll(Monotonic now) {
  const Track* next = next_track();
  if (!next) return std::nullopt;
  const bool full = waiting() > kMaxWaiting || waiting_bytes_ > kMaxWaitingBytes;
  const Monotonic time = due(*next);
  if (!full && time > now) return std::nullopt;
  Track& track = tracks_[next->units.front().video];
  Unit unit = std::move(track.units.front());
  track.units.pop_front();
  waiting_bytes_ -= unit.data.size();
  unit.arrival = std::min(time, now);
  return unit;
}

std::optional<Monotonic> PlayoutBuffer::next_timeout() const {
  const Track* next = next_track();
  return next ? std::optional(due(*next)) : std::nullopt;
}

void PlayoutBuffer::restart(bool video) {
  tracks_[video].least = {};
}

}  // namespace longmen
