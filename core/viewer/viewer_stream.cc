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
  if (parameters.rtx_payload_type) placed_ = std::make_unique<Placed>();
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
  if (placed_) {
    PlacedUnit& placed = (*placed_)[placed_count_++ % kMaxPlacedUnits];
    placed.generation = unit.generation;
    placed.first_sequence = unit.first_sequence;
    placed.packets = unit.packets.size();
    placed.timestamp = placement.timestamp;
    placed.first_index = placement.first_index;
    placed.rendition = unit.rendition.value;
  }
  return placement;
}

const ViewerStream::PlacedUnit* ViewerStream::find_placed(uint64_t index) const {
  const uint64_t held = std::min<uint64_t>(placed_count_, kMaxPlacedUnits);
  for (uint64_t age = 1; age <= held; ++age) {
    const PlacedUnit& unit = (*placed_)[(placed_count_ - age) % kMaxPlacedUnits];
    if (offset_in(unit, index) < unit.packets) return &unit;
  }
  return nullptr;
}

Parsed<void> ViewerStream::request_repeat(uint16_t sequence, Monotonic now,
                                          std::chrono::nanoseconds spacing) {
  if (!placed_) return drop(DropReason::kUnsupported);
  // Only what was sealed was sent; the distance is that of the 16-bit numbers.
  const uint64_t newest = sealed_.next_index;
  const uint64_t distance = static_cast<uint16_t>(static_cast<uint16_t>(newest) - sequence);
  const uint64_t age = distance == 0 ? 0x10000 : distance;
  if (age > newest - parameters_.first_index) return drop(DropReason::kStale);
  const uint64_t index = newest - age;
  if (find_placed(index) == nullptr) return drop(DropReason::kStale);

  if (!repeats_) repeats_ = std::make_unique<Repeats>();
  Repeated& repeated = repeats_->repeated[index % repeats_->repeated.size()];
  if (repeated.index == index && repeated.at != Monotonic{} && now - repeated.at < spacing)
    return drop(DropReason::kRateLimited);
  if (repeats_->pending_count == kMaxPendingRepeats) return drop(DropReason::kQueueFull);
  if (repeat_budget_ < kRepeatShare) return drop(DropReason::kRateLimited);
  repeat_budget_ -= kRepeatShare;
  repeated = Repeated{index, now};
  repeats_->pending[(repeats_->pending_first + repeats_->pending_count++) % kMaxPendingRepeats] =
      index;
  return {};
}

std::optional<SentPacket> ViewerStream::pending_repeat() const {
  if (!repeats_ || repeats_->pending_count == 0) return std::nullopt;
  return sent_packet(repeats_->pending[repeats_->pending_first]);
}

std::optional<SentPacket> ViewerStream::recent(size_t age) const {
  if (!placed_ || age > sealed_.next_index - parameters_.first_index) return std::nullopt;
  return sent_packet(sealed_.next_index - age);
}

SentPacket ViewerStream::sent_packet(uint64_t index) const {
  SentPacket sent;
  sent.index = index;
  // Of a unit that was overwritten since: a generation that no cache has.
  if (const PlacedUnit* unit = find_placed(index)) {
    sent.timestamp = unit->timestamp;
    sent.generation = unit->generation;
    sent.rendition = RenditionId{static_cast<uint8_t>(unit->rendition)};
    sent.sequence = unit->first_sequence + offset_in(*unit, sent.index);
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
  repeat_budget_ =
      std::min(repeat_budget_ + static_cast<int>(packets), kRepeatBurst * kRepeatShare);
}

}  // namespace longmen
