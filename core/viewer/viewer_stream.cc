#include "core/viewer/viewer_stream.h"

#include <algorithm>

#include "core/base/invariant.h"

namespace longmen {

ViewerStream::ViewerStream(const StreamParameters& parameters)
    : parameters_(parameters),
      tick_(Flicks::period::den / parameters.clock_rate),
      sealed_{parameters.ssrc, parameters.first_index},
      rtx_sealed_{parameters.rtx_ssrc, parameters.rtx_first_index},
      next_index_(parameters.first_index) {
  invariant(Flicks::period::den % parameters.clock_rate == 0, "a tick of RTP time is exact");
  if (parameters.rtx_payload_type) repeats_ = std::make_unique<RepeatState>();
}

uint32_t ViewerStream::timestamp(MediaTime time) const {
  return static_cast<uint32_t>(time.time_since_epoch() / tick_);
}

Placement ViewerStream::place(const MediaUnit& unit, size_t backlog, MediaTime newest) {
  MediaTime time = unit.time;
  if (backlog > 0) time = newest - static_cast<int64_t>(backlog) * kBacklogSpacing;
  if (last_time_) time = std::max(time, *last_time_ + kBacklogSpacing);
  last_time_ = time;

  const Placement placement{next_index_, timestamp(time), time};
  next_index_ += unit.packets.size();
  if (repeats_)
    repeats_->placed[repeats_->placed_count++ % kMaxPlacedUnits] =
        PlacedUnit{placement.first_index, next_index_,         unit.generation,
                   unit.first_sequence,   placement.timestamp, unit.rendition};
  return placement;
}

const ViewerStream::PlacedUnit* ViewerStream::find_placed(uint64_t index) const {
  const uint64_t held = std::min<uint64_t>(repeats_->placed_count, kMaxPlacedUnits);
  for (uint64_t age = 1; age <= held; ++age) {
    const PlacedUnit& unit = repeats_->placed[(repeats_->placed_count - age) % kMaxPlacedUnits];
    if (unit.first_index <= index) return index < unit.end_index ? &unit : nullptr;
  }
  return nullptr;
}

Parsed<void> ViewerStream::request_repeat(uint16_t sequence, Monotonic now,
                                          std::chrono::nanoseconds spacing) {
  if (!repeats_) return drop(DropReason::kUnsupported);
  // Only what was sealed was sent; the distance is that of the 16-bit numbers.
  const uint64_t newest = sealed_.next_index;
  const uint64_t distance = static_cast<uint16_t>(static_cast<uint16_t>(newest) - sequence);
  const uint64_t age = distance == 0 ? 0x10000 : distance;
  if (age > newest - parameters_.first_index) return drop(DropReason::kStale);
  const uint64_t index = newest - age;
  if (find_placed(index) == nullptr) return drop(DropReason::kStale);

  Repeated& repeated = repeats_->repeated[index % repeats_->repeated.size()];
  if (repeated.index == index && repeated.at != Monotonic{} && now - repeated.at < spacing)
    return drop(DropReason::kRateLimited);
  if (repeats_->pending_count == kMaxPendingRepeats) return drop(DropReason::kQueueFull);
  if (repeats_->budget < kRepeatShare) return drop(DropReason::kRateLimited);
  repeats_->budget -= kRepeatShare;
  repeated = Repeated{index, now};
  repeats_->pending[(repeats_->pending_first + repeats_->pending_count++) % kMaxPendingRepeats] =
      index;
  return {};
}

std::optional<SentPacket> ViewerStream::pending_repeat() const {
  if (!repeats_ || repeats_->pending_count == 0) return std::nullopt;
  SentPacket sent;
  sent.index = repeats_->pending[repeats_->pending_first];
  // Of a unit that was overwritten since: a generation that no cache has.
  if (const PlacedUnit* unit = find_placed(sent.index)) {
    sent.timestamp = unit->timestamp;
    sent.generation = unit->generation;
    sent.rendition = unit->rendition;
    sent.sequence = unit->first_sequence + (sent.index - unit->first_index);
  }
  return sent;
}

void ViewerStream::pop_repeat() {
  invariant(repeats_ && repeats_->pending_count > 0, "only a pending repeat is popped");
  repeats_->pending_first = (repeats_->pending_first + 1) % kMaxPendingRepeats;
  --repeats_->pending_count;
}

void ViewerStream::count_sent(size_t packets, size_t payload_bytes) {
  sent_packets_ += static_cast<uint32_t>(packets);
  sent_octets_ += static_cast<uint32_t>(payload_bytes);
  if (repeats_)
    repeats_->budget =
        std::min(repeats_->budget + static_cast<int>(packets), kRepeatBurst * kRepeatShare);
}

}  // namespace longmen
