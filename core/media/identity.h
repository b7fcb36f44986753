// Names of what travels in the relay tree: (generation, rendition, 48-bit sequence) identifies a
// packet everywhere (docs/TIMELINE.md).
#pragma once

#include <compare>
#include <cstdint>

namespace longmen {

// One run of one encoder, or one slate. Ordered by start: the upper 48 bits are the media time of
// the start in milliseconds, the lower 16 a tag of the node that made it.
struct Generation {
  uint64_t value = 0;
  auto operator<=>(const Generation&) const = default;
};

// A rung of the channel's ladder: video from 0 (the top rung) on; audio as below.
struct RenditionId {
  uint8_t value = 0;
  auto operator<=>(const RenditionId&) const = default;
};
inline constexpr uint8_t kMaxVideoRenditions = 8;
inline constexpr RenditionId kOpusRendition{16};
inline constexpr RenditionId kAacRendition{17};
constexpr bool is_video(RenditionId rendition) {
  return rendition.value < kMaxVideoRenditions;
}

// Position of a packet in its (generation, rendition); 48 bits on the wire, never wraps.
using PacketSequence = uint64_t;
inline constexpr PacketSequence kMaxPacketSequence = (PacketSequence{1} << 48) - 1;

}  // namespace longmen
