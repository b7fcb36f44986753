// Closed captions of a feed's pictures, CEA-608 and CEA-708, on their way to the pictures that are
// put out, of which there may be fewer or more: what came with a picture that is not shown goes
// with the next one that is, no picture has the same twice, and none has more than its frame rate
// allows; the rest waits. It moves triplets (cc_data_pkt) and decodes none. What may still stand on
// somebody's screen is wiped when the feed goes: with the 608 command that erases, and a reset of
// each 708 service. Bounds: kMaxWaiting, then the oldest go, of CEA-708 whole packets.
// Pure; one thread. Source: ANSI/CTA-708-E §4.3 (cc_data), §5 (packets), §7.1.5 (RST), §8.10;
// ANSI/CTA-608-E §7.2 (EDM); ATSC A/53 Part 4 §6.2.3.1.
#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include "core/base/bytes.h"

namespace longmen::captions {

class CaptionQueue {
 public:
  static constexpr size_t kMaxWaiting = 600;  // triplets of a second

  explicit CaptionQueue(int frames_per_second);

  // The cc_data_pkts of a picture, in the order in which pictures are shown; what of them says that
  // it is not valid is left out.
  void push(ByteSpan triplets);
  // What goes with the next picture: 608 first, as decoders want it.
  Bytes next() const;
  // Of which the picture was taken.
  void pop(const Bytes& taken);
  // The feed is another one, or gone: nothing of it is to come, or to stay on a screen.
  void wipe();

 private:
  using Triplet = std::array<uint8_t, 3>;

  const size_t most_;
  std::deque<Triplet> line21_;  // CEA-608
  std::deque<Triplet> dtvcc_;   // CEA-708
  std::array<bool, 2> field_used_{};
  bool dtvcc_used_ = false;
};

}  // namespace longmen::captions
