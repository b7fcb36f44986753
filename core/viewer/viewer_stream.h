// One outgoing RTP stream (SSRC) of one viewer, and its RTX stream: decides under which continuous
// sequence number and timestamp each unit leaves, whatever generations and renditions follow each
// other, and which packet a NACKed number was. Timestamp = media time x clock rate; units that are
// sent as backlog get timestamps kBacklogSpacing apart that end at the newest one's own, and none
// ever goes back. It does not know keys, extensions, sockets, or which unit is next.
// Bounds: the last kMaxPlacedUnits can be repeated, kMaxPendingRepeats wait, and repeats stay
// within 1/kRepeatShare of what was sent. With RTX it remembers 3 kB of what was placed; the state
// of repeats, 2 kB, is allocated with the first NACK, nothing after that. One thread. Sources:
// RFC 3550 §5.1, RFC 3711 §3.3.1 (index), RFC 4588 §4 (RTX), RFC 4585 §6.2.1.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "core/base/prefetch.h"
#include "core/media/media_unit.h"
#include "core/srtp/gcm_sealer.h"

namespace longmen {

inline constexpr size_t kMaxPlacedUnits = 128;  // 2 s at 60 frames a second
inline constexpr size_t kMaxPendingRepeats = 128;
inline constexpr Flicks kBacklogSpacing = std::chrono::milliseconds(1);
inline constexpr int kRepeatShare = 4;    // one packet repeated for every four sent, ...
inline constexpr int kRepeatBurst = 128;  // ... saved up to this many
inline constexpr std::chrono::nanoseconds kMinRepeatSpacing = std::chrono::milliseconds(20);

struct StreamParameters {
  uint32_t ssrc = 0;
  uint32_t rtx_ssrc = 0;
  uint8_t payload_type = 0;
  std::optional<uint8_t> rtx_payload_type;  // none: repeats are not possible
  uint32_t clock_rate = 90'000;             // 90000 or 48000
  uint64_t first_index = 0;      // random below 2^15: the viewer guesses a rollover counter of 0
  uint64_t rtx_first_index = 0;  // likewise (RFC 3711 §3.3.1)
};

// How a unit leaves: packet i has index first_index + i; the sequence number is its lower 16 bits.
struct Placement {
  uint64_t first_index = 0;
  uint32_t timestamp = 0;
  MediaTime time;  // of the timestamp: what abs-capture-time says
};

// A packet that left before, and where a cache may still have it.
struct SentPacket {
  uint64_t index = 0;
  uint32_t timestamp = 0;
  Generation generation;
  RenditionId rendition;
  PacketSequence sequence = 0;
};

class ViewerStream {
 public:
  explicit ViewerStream(const StreamParameters& parameters);

  const StreamParameters& parameters() const { return parameters_; }

  // Takes the next index range and a timestamp for the unit. `backlog` is how many units of the
  // same backlog follow it (0: live, or the newest), `newest` the media time of the last of them.
  Placement place(const MediaUnit& unit, size_t backlog = 0, MediaTime newest = {});
  // Of `time` without regard to what was sent: the sender report's pair.
  uint32_t timestamp(MediaTime time) const;
  // Where the last placed unit's timestamp was; none before the first.
  std::optional<MediaTime> last_time() const { return last_time_; }

  // A NACKed sequence number. kUnsupported: no RTX; kStale: never sent, or too long ago;
  // kRateLimited: repeated within `spacing`, or the budget is used up; kQueueFull.
  Parsed<void> request_repeat(uint16_t sequence, Monotonic now, std::chrono::nanoseconds spacing);
  // The oldest request; it stays until it is popped.
  std::optional<SentPacket> pending_repeat() const;
  void pop_repeat();
  // The packet that left `age` (from 1) packets before the next one; none when it cannot be
  // repeated. For probes, which repeat what the viewer has.
  std::optional<SentPacket> recent(size_t age) const;

  // What the sealed datagrams contained, for sender reports (RFC 3550 §6.4.1) and the budget.
  void count_sent(size_t packets, size_t payload_bytes);
  uint32_t sent_packets() const { return sent_packets_; }  // both wrap, as the report does
  uint32_t sent_octets() const { return sent_octets_; }

  void prefetch() const {  // for the next place()
    if (placed_)
      longmen::prefetch(&(*placed_)[placed_count_ % kMaxPlacedUnits], sizeof(PlacedUnit));
  }

  SealedStream& sealed() { return sealed_; }
  SealedStream& rtx_sealed() { return rtx_sealed_; }

 private:
  // Every viewer has many of them, so they are packed. A NACK names one of the last 2^16 packets:
  // of indices the lower 24 bits tell those apart.
  struct PlacedUnit {
    Generation generation;
    PacketSequence first_sequence : 48 = 0;
    uint64_t packets : 16 = 0;
    uint32_t timestamp = 0;
    uint32_t first_index : 24 = 0;
    uint32_t rendition : 8 = 0;
  };
  static_assert(sizeof(PlacedUnit) == 24 && kMaxPacketsPerUnit <= 0xffff);
  using Placed = std::array<PlacedUnit, kMaxPlacedUnits>;  // ring, by placed_count_
  struct Repeated {
    uint64_t index = 0;
    Monotonic at{};
  };
  struct Repeats {
    std::array<Repeated, kMaxPendingRepeats> repeated;  // by index modulo size
    std::array<uint64_t, kMaxPendingRepeats> pending;   // ring of indices
    size_t pending_first = 0;
    size_t pending_count = 0;
  };
  // Null when the packet is not among the last units. `index` was sealed.
  const PlacedUnit* find_placed(uint64_t index) const;
  // How far a packet lies behind the unit's first one; larger than any unit when before it.
  static uint32_t offset_in(const PlacedUnit& unit, uint64_t index) {
    return static_cast<uint32_t>(index - unit.first_index) & 0xffffff;
  }
  SentPacket sent_packet(uint64_t index) const;

  StreamParameters parameters_;
  Flicks tick_;
  SealedStream sealed_;
  SealedStream rtx_sealed_;
  uint64_t next_index_;
  std::optional<MediaTime> last_time_;
  uint32_t sent_packets_ = 0;
  uint32_t sent_octets_ = 0;
  int repeat_budget_ = kRepeatBurst * kRepeatShare;  // a repeat costs kRepeatShare
  std::unique_ptr<Placed> placed_;                   // for streams with RTX alone
  uint64_t placed_count_ = 0;
  std::unique_ptr<Repeats> repeats_;  // from the first NACK on
};

}  // namespace longmen
