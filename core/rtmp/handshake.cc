#include "core/rtmp/handshake.h"

#include <algorithm>

namespace longmen::rtmp {
namespace {

constexpr uint8_t kVersion = 3;  // 6, 8, 9 are RTMPE; 32 and above is text of another protocol

// splitmix64, one step.
uint64_t next_filling(uint64_t& state) {
  state += 0x9E3779B97F4A7C15;
  uint64_t mixed = state;
  mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
  return mixed ^ mixed >> 31;
}

}  // namespace

Parsed<size_t> Handshake::push(ByteSpan bytes, Bytes& out) {
  size_t taken = 0;
  if (!answered_) {
    taken = std::min(bytes.size(), 1 + kHandshakeBytes - received_.size());
    received_.insert(received_.end(), bytes.begin(), bytes.begin() + static_cast<long>(taken));
    if (!received_.empty() && received_[0] != kVersion) return drop(DropReason::kUnsupported);
    if (received_.size() < 1 + kHandshakeBytes) return taken;
    answer(out);
  }
  const size_t of_c2 = std::min(bytes.size() - taken, c2_missing_);
  c2_missing_ -= of_c2;
  done_ = c2_missing_ == 0;
  return taken + of_c2;
}

// S0: version. S1: u32 time, u32 zero, 1528 bytes of filling. S2: C1 with the time at which it was
// read in its second word, which nobody looks at and is left as it came.
void Handshake::answer(Bytes& out) {
  ByteWriter writer(out);
  writer.u8(kVersion);
  writer.u32(0);
  writer.u32(0);
  for (size_t filled = 8; filled < kHandshakeBytes; filled += 8)
    writer.u64(next_filling(seed_));
  writer.bytes(ByteSpan(received_).subspan(1));
  received_ = Bytes();
  answered_ = true;
}

}  // namespace longmen::rtmp
