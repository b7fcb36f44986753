#include "core/viewer/channel_cache.h"

#include <utility>

#include "core/codec/opus.h"
#include "core/rtp/packetizer.h"

namespace longmen {
namespace {

// What the train builder relies on: packets of a train are equally large and fit a datagram.
bool makes_trains(const MediaUnit& unit) {
  size_t train_packets = 0;
  size_t train_bytes = 0;
  if (unit.packets.empty() || !unit.packets.front().starts_train) return false;
  for (const MediaPacket& packet : unit.packets) {
    const size_t bytes = size_t{packet.payload_bytes} + packet.padding_bytes;
    if (packet.payload_bytes == 0 || bytes > kMaxPayloadBytes) return false;
    if (packet.starts_train) {
      train_packets = 0;
      train_bytes = bytes;
    }
    if (bytes != train_bytes || ++train_packets > kMaxTrainPackets) return false;
  }
  return true;
}

}  // namespace

size_t ChannelCache::slot(RenditionId rendition) {
  if (is_video(rendition)) return rendition.value;
  if (!is_sound(rendition)) return kSlots;
  return kMaxVideoRenditions + static_cast<size_t>(rendition.value - kOpusRendition.value);
}

void ChannelCache::begin_generation(Generation generation,
                                    std::span<const RenditionId> renditions) {
  generation_ = generation;
  on_air_.fill(false);
  for (SoundPair& pair : sound_pairs_)
    pair.is_there = false;
  for (RenditionId rendition : renditions)
    if (slot(rendition) < kSlots) on_air_[slot(rendition)] = true;
}

Parsed<void> ChannelCache::push(MediaUnitPtr unit) {
  if (unit->generation != generation_ || !has(unit->rendition)) return drop(DropReason::kStale);
  if (!makes_trains(*unit)) return drop(DropReason::kMalformed);
  const RenditionId rendition = unit->rendition;
  caches_[slot(rendition)].push(std::move(unit));
  if (is_opus(rendition)) make_sound_pair(rendition);
  return {};
}

void ChannelCache::make_sound_pair(RenditionId opus) {
  auto& [is_there, pair] = sound_pairs_[sound_of(opus)];
  is_there = false;
  const GopCache& sound = cache(opus);
  if (sound.end() - sound.begin() < 2) return;
  const MediaUnit& first = *sound.at(sound.end() - 2);
  const MediaUnit& second = *sound.at(sound.end() - 1);
  if (first.generation != second.generation || first.packets.size() != 1 ||
      second.packets.size() != 1 || second.first_sequence != first.first_sequence + 1)
    return;
  const ByteSpan payload = first.payload(first.packets.front());
  const auto duration = opus::packet_duration(payload);
  if (!duration || second.time != first.time + *duration) return;
  pair.payloads.clear();
  if (!opus::join(payload, second.payload(second.packets.front()), pair.payloads) ||
      pair.payloads.size() > kMaxExtendedPayloadBytes)
    return;
  pair.generation = first.generation;
  pair.rendition = first.rendition;
  pair.time = first.time;
  pair.keyframe = first.keyframe;
  pair.first_sequence = first.first_sequence;
  MediaPacket packet = first.packets.front();
  packet.offset = 0;
  packet.payload_bytes = static_cast<uint16_t>(pair.payloads.size());
  pair.packets.assign(1, packet);
  is_there = true;
}

bool ChannelCache::has(RenditionId rendition) const {
  const size_t index = slot(rendition);
  return index < kSlots && on_air_[index];
}

std::optional<RenditionId> ChannelCache::nearest_video(RenditionId wanted) const {
  for (uint8_t rung = wanted.value; rung < kMaxVideoRenditions; ++rung)
    if (on_air_[rung]) return RenditionId{rung};
  for (int rung = kMaxVideoRenditions - 1; rung >= 0; --rung)
    if (on_air_[static_cast<size_t>(rung)]) return RenditionId{static_cast<uint8_t>(rung)};
  return std::nullopt;
}

}  // namespace longmen
