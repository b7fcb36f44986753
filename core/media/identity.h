// Names of what travels in the relay tree: (generation, rendition, 48-bit sequence) identifies a
// packet everywhere (docs/TIMELINE.md).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace longmen {

// One run of one encoder, or one slate. Ordered by start: the upper 48 bits are the media time of
// the start in milliseconds, the lower 16 a tag of the node that made it.
struct Generation {
  uint64_t value = 0;
  auto operator<=>(const Generation&) const = default;
};

// A rung of the channel's ladder, or a sound: video from 0 (the top rung) on; each of the channel's
// sounds, of which it has one, or one in each of two languages, in both codecs.
struct RenditionId {
  uint8_t value = 0;
  auto operator<=>(const RenditionId&) const = default;
};
inline constexpr uint8_t kMaxVideoRenditions = 8;
inline constexpr size_t kMaxSounds = 2;
inline constexpr RenditionId kOpusRendition{16};  // of the first sound
inline constexpr RenditionId kAacRendition{17};
constexpr bool is_video(RenditionId rendition) {
  return rendition.value < kMaxVideoRenditions;
}
constexpr RenditionId opus_rendition(size_t sound) {
  return {static_cast<uint8_t>(kOpusRendition.value + 2 * sound)};
}
constexpr RenditionId aac_rendition(size_t sound) {
  return {static_cast<uint8_t>(kAacRendition.value + 2 * sound)};
}
constexpr bool is_sound(RenditionId rendition) {
  return rendition >= kOpusRendition && rendition < opus_rendition(kMaxSounds);
}
constexpr bool is_opus(RenditionId rendition) {
  return is_sound(rendition) && rendition.value % 2 == kOpusRendition.value % 2;
}
constexpr bool is_aac(RenditionId rendition) {
  return is_sound(rendition) && !is_opus(rendition);
}
// Of a sound's rendition.
constexpr size_t sound_of(RenditionId rendition) {
  return static_cast<size_t>(rendition.value - kOpusRendition.value) / 2;
}

// Position of a packet in its (generation, rendition); 48 bits on the wire, never wraps.
using PacketSequence = uint64_t;
inline constexpr PacketSequence kMaxPacketSequence = (PacketSequence{1} << 48) - 1;

}  // namespace longmen
