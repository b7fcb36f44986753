// Takes raw AAC frames out of the payloads of RTP, pushed in sequence order: several whole ones in
// a packet, or the pieces of one. Interleaving is not spoken. Bounds: kMaxFrames a packet,
// kMaxFrameBytes. One thread. Source: RFC 3640 §3.2.
#pragma once

#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen {

class Mpeg4Audio {
 public:
  static constexpr size_t kMaxFrames = 64;
  static constexpr size_t kMaxFrameBytes = 8 << 10;

  // Bits of an AU header: 1..16 of the size, 0..16 of the others.
  Mpeg4Audio(int size_bits, int index_bits, int index_delta_bits)
      : size_bits_(size_bits), index_bits_(index_bits), index_delta_bits_(index_delta_bits) {}

  // The frames that this payload completes, in their order. After an error the next payload
  // begins anew.
  Parsed<std::vector<Bytes>> push(ByteSpan payload);
  // Others are missing before the next one.
  void lose() { piece_.clear(); }

 private:
  Parsed<std::vector<Bytes>> push_piece(ByteSpan part, size_t frame_bytes);

  int size_bits_, index_bits_, index_delta_bits_;
  Bytes piece_;
  size_t piece_of_bytes_ = 0;
};

}  // namespace longmen
