// Writes boxes of the ISO base media file format: each opens, is filled, and closes with its size
// written back. Knows no kind of box. A box is at most 4 GiB, which whoever fills it has bounded.
// Source: ISO/IEC 14496-12 §4.2.
#pragma once

#include <string_view>

#include "core/base/bytes.h"

namespace longmen::cmaf {

class BoxWriter : public ByteWriter {
 public:
  explicit BoxWriter(Bytes& out) : ByteWriter(out), out_(out) {}

  // `fill` writes the body. `type` has four characters.
  template <class Fill>
  void box(std::string_view type, Fill fill) {
    const size_t start = out_.size();
    u32(0);
    text(type);
    fill();
    patch_u32(start, out_.size() - start);
  }
  template <class Fill>
  void full_box(std::string_view type, uint8_t version, uint32_t flags, Fill fill) {
    box(type, [&] {
      u8(version);
      u24(flags);
      fill();
    });
  }
  void zeros(size_t count) { out_.resize(out_.size() + count); }
  void patch_u32(size_t position, size_t value) {
    for (int i = 3; i >= 0; --i, value >>= 8)
      out_.at(position + static_cast<size_t>(i)) = static_cast<uint8_t>(value);
  }

 private:
  Bytes& out_;
};

}  // namespace longmen::cmaf
