// The one range of bytes that a request asks for. Several at once, or another unit, are answered
// with the whole, as a server may; a range that begins behind the end cannot be. Pure.
// Source: RFC 9110 §14.1.2, §14.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace longmen {

struct ByteRange {
  uint64_t first = 0;
  uint64_t count = 0;  // 0: it cannot be satisfied (416)
  bool operator==(const ByteRange&) const = default;
};

// Of a representation of `bytes`, by the Range field's value; nothing: the whole is meant.
std::optional<ByteRange> read_byte_range(std::string_view field, uint64_t bytes);

}  // namespace longmen
