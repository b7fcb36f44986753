#include "core/viewer/gop_cache.h"

#include <utility>

namespace longmen {
namespace {

size_t cost_bytes(const MediaUnit& unit) {
  return sizeof(MediaUnit) + unit.packets.size() * sizeof(MediaPacket) + unit.payloads.size();
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
  bytes_ += cost_bytes(*unit);
  entry.unit = std::move(unit);
  units_.push_back(std::move(entry));
  evict();
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
