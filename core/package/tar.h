// The form of a package: a plain tar of regular files, as POSIX has it (ustar), uncompressed, so
// that it can be read with whatever there is in twenty years, begins at once, and cannot be larger
// than it is. The writer gives headers; the reader takes bytes as they come and is strict: links,
// devices, extensions and whatever has a path that leads elsewhere are refused with words, which a
// reader that takes every dialect (libarchive) would have to be talked out of. Pure. Bounds: a
// header of 512 bytes; a file of kMaxTarFileBytes. Source: POSIX.1-2017, pax, "ustar Interchange
// Format".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen::package {

inline constexpr size_t kTarBlockBytes = 512;
inline constexpr uint64_t kMaxTarFileBytes = (uint64_t{1} << 33) - 1;  // 11 octal digits
inline constexpr size_t kTarEndBytes = 2 * kTarBlockBytes;             // zeros

// `path` at most 100 bytes; `bytes` at most kMaxTarFileBytes.
Bytes tar_header(std::string_view path, uint64_t bytes);
// Zeros behind a file of that size.
constexpr size_t tar_padding(uint64_t bytes) {
  return static_cast<size_t>((kTarBlockBytes - bytes % kTarBlockBytes) % kTarBlockBytes);
}
// Header, file, padding.
constexpr uint64_t tar_entry_bytes(uint64_t bytes) {
  return kTarBlockBytes + bytes + tar_padding(bytes);
}

class TarReader {
 public:
  // Each may refuse, and then nothing follows.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual Result<void> begin_file(const std::string& path, uint64_t bytes) = 0;
    virtual Result<void> file_data(ByteSpan bytes) = 0;
    virtual Result<void> end_file() = 0;
  };

  // After an error the reader is of no further use.
  Result<void> feed(ByteSpan bytes, Sink& sink);
  // Its end was there.
  bool at_end() const { return zero_blocks_ >= 2; }

 private:
  Result<void> take_block(Sink& sink);

  Bytes block_;         // of a header, as far as it is there
  uint64_t left_ = 0;   // of a file
  size_t padding_ = 0;  // behind it
  bool in_file_ = false;
  int zero_blocks_ = 0;
};

}  // namespace longmen::package
