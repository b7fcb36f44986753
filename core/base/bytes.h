// Reading and writing of big-endian bytes with bounds checked in one place.
// ByteReader never reads past its span: the first read that does not fit clears ok(), and from then
// on every read gives zeros or an empty span; check ok() once, after a group of reads.
// ByteWriter appends to a vector that the caller owns. Neither knows any format.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace longmen {

using Bytes = std::vector<uint8_t>;
using ByteSpan = std::span<const uint8_t>;

inline ByteSpan as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class ByteReader {
 public:
  explicit ByteReader(ByteSpan bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  size_t remaining() const { return bytes_.size() - position_; }
  size_t position() const { return position_; }
  bool at_end() const { return remaining() == 0; }

  uint8_t u8() { return static_cast<uint8_t>(unsigned_be(1)); }
  uint16_t u16() { return static_cast<uint16_t>(unsigned_be(2)); }
  uint32_t u24() { return static_cast<uint32_t>(unsigned_be(3)); }
  uint32_t u32() { return static_cast<uint32_t>(unsigned_be(4)); }
  uint64_t u48() { return unsigned_be(6); }
  uint64_t u64() { return unsigned_be(8); }

  ByteSpan take(size_t count) {
    if (count > remaining()) {
      ok_ = false;
      position_ = bytes_.size();
      return {};
    }
    ByteSpan taken = bytes_.subspan(position_, count);
    position_ += count;
    return taken;
  }
  void skip(size_t count) { (void)take(count); }
  ByteSpan rest() { return take(remaining()); }

 private:
  uint64_t unsigned_be(size_t count) {
    uint64_t value = 0;
    for (uint8_t byte : take(count))
      value = value << 8 | byte;
    return value;
  }

  ByteSpan bytes_;
  size_t position_ = 0;
  bool ok_ = true;
};

class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  size_t size() const { return out_.size(); }
  void u8(uint64_t value) { unsigned_be(value, 1); }
  void u16(uint64_t value) { unsigned_be(value, 2); }
  void u24(uint64_t value) { unsigned_be(value, 3); }
  void u32(uint64_t value) { unsigned_be(value, 4); }
  void u48(uint64_t value) { unsigned_be(value, 6); }
  void u64(uint64_t value) { unsigned_be(value, 8); }
  void bytes(ByteSpan bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void text(std::string_view text) { bytes(as_bytes(text)); }
  // Overwrites two bytes that were written before, for lengths known only at the end.
  void patch_u16(size_t position, uint64_t value) {
    out_.at(position) = static_cast<uint8_t>(value >> 8);
    out_.at(position + 1) = static_cast<uint8_t>(value);
  }

 private:
  void unsigned_be(uint64_t value, int count) {
    for (int shift = (count - 1) * 8; shift >= 0; shift -= 8) {
      out_.push_back(static_cast<uint8_t>(value >> shift));
    }
  }

  Bytes& out_;
};

}  // namespace longmen
