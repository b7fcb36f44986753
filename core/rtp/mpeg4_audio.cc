#include "core/rtp/mpeg4_audio.h"

#include <utility>

#include "core/codec/bit_reader.h"

namespace longmen {

// u16 bits of all AU headers, the headers, padding to a byte, the frames.
Parsed<std::vector<Bytes>> Mpeg4Audio::push(ByteSpan payload) {
  const auto failed = [this](DropReason reason) {
    piece_.clear();
    return drop(reason);
  };
  ByteReader reader(payload);
  const size_t headers_bits = reader.u16();
  const ByteSpan headers = reader.take((headers_bits + 7) / 8);
  if (!reader.ok() || reader.at_end()) return failed(DropReason::kTruncated);
  BitReader bits(headers);
  std::vector<size_t> sizes;
  size_t left = headers_bits;
  while (left > 0) {
    const int other_bits = sizes.empty() ? index_bits_ : index_delta_bits_;
    const auto header_bits = static_cast<size_t>(size_bits_ + other_bits);
    if (left < header_bits) return failed(DropReason::kMalformed);
    if (sizes.size() == kMaxFrames) return failed(DropReason::kTooLarge);
    left -= header_bits;
    sizes.push_back(bits.bits(size_bits_));
    if (bits.bits(other_bits) != 0) return failed(DropReason::kUnsupported);  // interleaved
    if (sizes.back() == 0) return failed(DropReason::kMalformed);
    if (sizes.back() > kMaxFrameBytes) return failed(DropReason::kTooLarge);
  }
  if (sizes.empty()) return failed(DropReason::kUnsupported);
  if (sizes.size() == 1 && sizes[0] > reader.remaining())
    return push_piece(reader.rest(), sizes[0]);
  // The last piece of a frame says the size of all of it.
  if (sizes.size() == 1 && !piece_.empty() && sizes[0] == piece_of_bytes_)
    return push_piece(reader.rest(), sizes[0]);
  piece_.clear();
  std::vector<Bytes> frames;
  for (const size_t size : sizes) {
    const ByteSpan frame = reader.take(size);
    if (!reader.ok()) return failed(DropReason::kTruncated);
    frames.emplace_back(frame.begin(), frame.end());
  }
  return frames;
}

Parsed<std::vector<Bytes>> Mpeg4Audio::push_piece(ByteSpan part, size_t frame_bytes) {
  if (piece_.empty()) piece_of_bytes_ = frame_bytes;
  piece_.insert(piece_.end(), part.begin(), part.end());
  if (piece_of_bytes_ != frame_bytes || piece_.size() > frame_bytes) {
    piece_.clear();
    return drop(DropReason::kMalformed);
  }
  std::vector<Bytes> frames;
  if (piece_.size() == frame_bytes) frames.push_back(std::exchange(piece_, {}));
  return frames;
}

}  // namespace longmen
