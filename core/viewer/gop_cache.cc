#include "core/viewer/gop_cache.h"

#include <algorithm>
#include <utility>

#include "core/rtp/packetizer.h"

namespace longmen {
namespace {

size_t cost_bytes(const MediaUnit& unit) {
  return sizeof(MediaUnit) + unit.packets.size() * sizeof(MediaPacket) + unit.payloads.size();
}

size_t wire_bytes(const MediaUnit& unit) {
  constexpr size_t kOverhead = kMediaRtpHeaderBytes + kSrtpTagBytes + kDatagramOverheadBytes;
  size_t bytes = unit.packets.size() * kOverhead;
  for (const MediaPacket& packet : unit.packets)
    bytes += size_t{packet.payload_bytes} + packet.padding_bytes;
  return bytes;
}

}  // namespace

void GopCache::push(MediaUnitPtr unit) {
  Entry entry;
  entry.generation = unit->generation;
  entry.first_sequence = unit->first_sequence;
  entry.end_sequence = unit->first_sequence + unit->packets.size();
  const bool continues = !units_.empty() && units_.back().generation == entry.generation &&
                         units_.back().end_sequence == entry.first_sequence;
  if (!continues) gop_begin_.reset();
  if (unit->keyframe) gop_begin_ = end();
  measure_rate(*unit, continues);
  entry.end_wire_bytes = wire_bytes_;
  bytes_ += cost_bytes(*unit);
  entry.unit = std::move(unit);
  units_.push_back(std::move(entry));
  evict();
}

void GopCache::measure_rate(const MediaUnit& unit, bool continues) {
  if (!units_.empty() && units_.back().generation != unit.generation) {
    rate_.reset();
    gop_duration_.reset();
  }
  if (!continues) keyframe_time_.reset();
  if (unit.keyframe) {
    if (keyframe_time_ && unit.time > *keyframe_time_) {
      const double bits = static_cast<double>(wire_bytes_ - keyframe_wire_bytes_) * 8;
      const Bitrate latest{bits /
                           std::chrono::duration<double>(unit.time - *keyframe_time_).count()};
      rate_ = rate_ ? (*rate_ + latest) * 0.5 : latest;
      gop_duration_ = unit.time - *keyframe_time_;
    }
    keyframe_time_ = unit.time;
    keyframe_wire_bytes_ = wire_bytes_;
  }
  wire_bytes_ += wire_bytes(unit);
}

size_t GopCache::wire_bytes_from(uint64_t position) const {
  const uint64_t before = position > begin_
                              ? units_[position - begin_ - 1].end_wire_bytes
                              : units_.front().end_wire_bytes - wire_bytes(*units_.front().unit);
  return static_cast<size_t>(wire_bytes_ - before);
}

std::optional<Flicks> GopCache::until_keyframe() const {
  if (!gop_duration_ || !keyframe_time_) return std::nullopt;
  return std::max(Flicks(0), *keyframe_time_ + *gop_duration_ - units_.back().unit->time);
}

Generation GopCache::generation() const {
  return units_.empty() ? Generation{} : units_.back().generation;
}

std::optional<CachedPacket> GopCache::find(Generation generation, PacketSequence sequence) const {
  // From the newest: what is lost was sent a moment ago.
  for (auto entry = units_.rbegin(); entry != units_.rend(); ++entry)
    if (entry->generation == generation && entry->first_sequence <= sequence &&
        sequence < entry->end_sequence)
      return CachedPacket{entry->unit.get(), static_cast<size_t>(sequence - entry->first_sequence)};
  return std::nullopt;
}

// Units of the joinable GOP are kept, whatever their age. Age is a distance, because generations
// may disagree about the time.
bool GopCache::front_is_dispensable() const {
  if (gop_begin_ == begin_) return false;
  const Flicks age = units_.back().unit->time - units_.front().unit->time;
  return age > kHistory || age < -kHistory;
}

void GopCache::evict() {
  while (units_.size() > 1 &&
         (bytes_ > kMaxCacheBytes || units_.size() > kMaxCacheUnits || front_is_dispensable())) {
    bytes_ -= cost_bytes(*units_.front().unit);
    units_.pop_front();
    ++begin_;
  }
  if (gop_begin_ && *gop_begin_ < begin_) gop_begin_.reset();
}

}  // namespace longmen
