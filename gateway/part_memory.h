// Where the published parts of a rendition are kept: memory that is a file's too (memfd), so that
// the kernel sends them from there without a copy (net/byte_stream.h, send_files()). Parts stand
// one behind the other, so that most segments are one range of it. It is freed in blocks, each with
// a descriptor, when nobody has anything of a block any more. Where the system gives no such
// memory, parts stay where they are. One thread; what it gives may go on any.
#pragma once

#include <memory>

#include "core/base/shared_bytes.h"

namespace longmen {

class PartMemory {
 public:
  static constexpr size_t kBlockBytes = 4 << 20;  // a larger part has a block of its own

  SharedBytes keep(const std::shared_ptr<const Bytes>& bytes);

 private:
  class Block;

  std::shared_ptr<Block> block_;  // the newest; null before the first
};

}  // namespace longmen
