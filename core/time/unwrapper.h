// Widens a counter that wraps (16-bit sequence numbers, 32-bit RTP timestamps, 48-bit packet
// sequences) to 64 bits: the value nearest to the one seen before. Right as long as two values in a
// row are less than half a turn apart; a distance of exactly half a turn counts as forwards.
// Constant memory; one thread. Source: RFC 3550 §A.1, RFC 1982; docs/TIMELINE.md §3.
#pragma once

#include <cstdint>
#include <optional>

namespace longmen {

// The number nearest to `reference` whose low `Bits` bits are those of `value`.
template <unsigned Bits>
constexpr int64_t unwrap_near(uint64_t value, int64_t reference) {
  static_assert(Bits >= 2 && Bits <= 62);
  constexpr uint64_t kMask = (uint64_t{1} << Bits) - 1;
  constexpr uint64_t kHalf = uint64_t{1} << (Bits - 1);
  const uint64_t ahead = (value - static_cast<uint64_t>(reference)) & kMask;
  if (ahead <= kHalf) return reference + static_cast<int64_t>(ahead);
  return reference - static_cast<int64_t>(kMask + 1 - ahead);
}

template <unsigned Bits>
class Unwrapper {
 public:
  // The first value stands for itself; later ones may become negative when they lie before it.
  int64_t unwrap(uint64_t value) {
    constexpr uint64_t kMask = (uint64_t{1} << Bits) - 1;
    last_ = last_ ? unwrap_near<Bits>(value, *last_) : static_cast<int64_t>(value & kMask);
    return *last_;
  }
  std::optional<int64_t> last() const { return last_; }
  void reset() { last_.reset(); }

 private:
  std::optional<int64_t> last_;
};

using SequenceUnwrapper = Unwrapper<16>;
using TimestampUnwrapper = Unwrapper<32>;

}  // namespace longmen
