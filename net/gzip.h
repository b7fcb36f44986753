// Text made smaller for clients that take gzip. RFC 1952.
#pragma once

#include <memory>
#include <string_view>

#include "core/base/bytes.h"

namespace longmen {

// Throws when there is no memory.
Bytes gzip(std::string_view text);

// Of a text that grows and is wanted again and again: what was appended is made smaller once, and
// its whole costs a copy, and its end. Bounds: some 270 kB beside what it came to.
class GrowingGzip {
 public:
  GrowingGzip();
  ~GrowingGzip();
  GrowingGzip(GrowingGzip&& other) noexcept;
  GrowingGzip& operator=(GrowingGzip&& other) noexcept;

  // Both throw when there is no memory.
  void append(std::string_view text);
  // What was appended with `end` behind it, which is not kept.
  Bytes with_end(std::string_view end) const;

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;  // null: nothing was appended
  Bytes out_;                       // as far as it is out of the stream
};

}  // namespace longmen
