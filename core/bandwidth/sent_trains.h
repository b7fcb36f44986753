// What left for one viewer lately, train by train, so that transport-cc feedback about a packet can
// be matched with when it was sent and how large it was. A train's packets leave at one instant and
// are equally large but the last, so a train costs 24 bytes, however long it is. It decides
// nothing. Bounds: the last kMaxSentTrains (about 4 kB; a second of sound, pictures and a probe);
// of a train the first kMaxTracedPackets. Numbers that were sent longer ago are unknown. No
// allocation.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/prefetch.h"
#include "core/rtp/transport_feedback.h"

namespace longmen {

inline constexpr size_t kMaxSentTrains = 160;
inline constexpr size_t kMaxTracedPackets = 32;  // a 33rd, sound that rides, is passed over

struct SentTrain {
  uint32_t sent_ticks = 0;  // of 250 us, modulo 2^32, as feedback counts
  uint32_t end_bytes = 0;   // sent to this viewer up to this train's end, modulo 2^32
  uint32_t reported = 0;    // bit i: the viewer said whether packet i came
  uint32_t received = 0;    // bit i: it did
  uint16_t first_sequence = 0;
  uint16_t packet_bytes = 0;
  uint16_t last_packet_bytes = 0;
  uint8_t packets = 0;

  size_t bytes_of(size_t packet) const {
    return packet + 1 == packets ? last_packet_bytes : packet_bytes;
  }
  size_t bytes_after(size_t packet) const {
    const size_t left = packets - packet - 1;
    return left == 0 ? 0 : (left - 1) * packet_bytes + last_packet_bytes;
  }
};

class SentTrains {
 public:
  static constexpr size_t kLatest = 8;  // a quarter of a second of pictures

  // `first_sequence` follows the last one of the train before (RFC 3550 arithmetic of 16 bits).
  void add(const SentTrain& train) { trains_[end_++ % kMaxSentTrains] = train; }
  void prefetch() const { longmen::prefetch(&trains_[end_ % kMaxSentTrains], sizeof(SentTrain)); }
  // For find() of what a report of usual length is about.
  void prefetch_latest() const {
    const size_t first = end_ > kLatest ? (end_ - kLatest) % kMaxSentTrains : 0;
    longmen::prefetch(&trains_[first],
                      std::min(kLatest, kMaxSentTrains - first) * sizeof(SentTrain));
  }

  // Positions [begin(), end()) are held; they count up for ever.
  uint64_t begin() const { return end_ > kMaxSentTrains ? end_ - kMaxSentTrains : 0; }
  uint64_t end() const { return end_; }
  SentTrain& at(uint64_t position) { return trains_[position % kMaxSentTrains]; }
  const SentTrain& at(uint64_t position) const { return trains_[position % kMaxSentTrains]; }

  // Of the train that holds this transport-wide number; none when it was not sent or is forgotten.
  std::optional<uint64_t> find(uint16_t sequence) const;

 private:
  std::array<SentTrain, kMaxSentTrains> trains_{};
  uint64_t end_ = 0;
};

}  // namespace longmen
