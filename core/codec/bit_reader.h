// Reads bits, most significant first, with bounds checked in one place: the first read that does
// not fit clears ok(), and from then on every read gives zeros. Can leave out the emulation
// prevention bytes of an H.264 NAL unit (ITU-T H.264 §7.3.1) while reading, without a copy.
#pragma once

#include "core/base/bytes.h"

namespace longmen {

class BitReader {
 public:
  enum class Escapes { kNone, kEmulationPrevention };
  explicit BitReader(ByteSpan bytes, Escapes escapes = Escapes::kNone)
      : bytes_(bytes), escapes_(escapes) {}

  bool ok() const { return ok_; }
  // Without regard to escapes.
  size_t remaining_bits() const { return ok_ ? (bytes_.size() - byte_) * 8 - bit_ : 0; }

  // `count` is 0..32.
  uint32_t bits(int count) {
    uint32_t value = 0;
    while (count-- > 0)
      value = value << 1 | next_bit();
    return value;
  }
  bool flag() { return bits(1) != 0; }
  void skip(int count) {
    while (count-- > 0)
      next_bit();
  }

  // Exp-Golomb codes (§9.1), up to 32 bits of value.
  uint32_t ue() {
    int zeros = 0;
    while (ok_ && next_bit() == 0)
      ++zeros;
    if (zeros > 31) ok_ = false;
    if (!ok_) return 0;
    return ((uint32_t{1} << zeros) - 1) + bits(zeros);
  }
  int32_t se() {
    const uint32_t code = ue();
    const int32_t magnitude = static_cast<int32_t>(code / 2 + code % 2);
    return code % 2 == 1 ? magnitude : -magnitude;
  }

 private:
  uint32_t next_bit() {
    if (!ok_) return 0;
    if (bit_ == 0) {
      if (escapes_ == Escapes::kEmulationPrevention && zeros_ >= 2 && byte_ < bytes_.size() &&
          bytes_[byte_] == 3) {
        ++byte_;
        zeros_ = 0;
      }
      if (byte_ >= bytes_.size()) {
        ok_ = false;
        return 0;
      }
      zeros_ = bytes_[byte_] == 0 ? zeros_ + 1 : 0;
    }
    const uint32_t bit = bytes_[byte_] >> (7 - bit_) & 1;
    if (++bit_ == 8) {
      bit_ = 0;
      ++byte_;
    }
    return bit;
  }

  ByteSpan bytes_;
  Escapes escapes_;
  size_t byte_ = 0;
  int bit_ = 0;
  int zeros_ = 0;
  bool ok_ = true;
};

}  // namespace longmen
