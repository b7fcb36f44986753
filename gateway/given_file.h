// A file that somebody sends, written down as it comes: never whole in memory, hashed on its way,
// synced before it has its name. Blocking; a thread of the pool's, one call at a time. What is not
// kept goes with it.
#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/sha256_stream.h"
#include "net/unique_fd.h"

namespace longmen {

class GivenFile {
 public:
  // To be written beside as `path` with ".new".
  explicit GivenFile(std::string path) : path_(std::move(path)) {}
  ~GivenFile();
  GivenFile(const GivenFile&) = delete;
  GivenFile& operator=(const GivenFile&) = delete;

  Result<void> write(std::string_view piece);
  // On the disk, under its name from now on.
  Result<void> keep();

  uint64_t bytes() const { return bytes_; }
  const Bytes& head() const { return head_; }  // its first bytes, kHeadBytes at most
  std::string sha256();                        // hexadecimal; once, when all is written

 private:
  static constexpr size_t kHeadBytes = 64;
  std::string path_;
  UniqueFd file_;
  Sha256Stream hash_;
  Bytes head_;
  uint64_t bytes_ = 0;
  bool kept_ = false;
};

}  // namespace longmen
