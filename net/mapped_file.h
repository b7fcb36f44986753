// A file that is open, and in memory as long as it was then, for who sends from it: the kernel
// copies what leaves, and no byte of it is copied before. Only the kernel may be given the mapped
// bytes (a call of the socket's): a file that becomes shorter ends whoever else touches what is
// gone, while a call fails. What cannot be mapped, or is another user's file, of which nobody says
// whether it is in the page cache, can be read all the same. Any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "net/unique_fd.h"

namespace longmen {

class MappedFile {
 public:
  explicit MappedFile(UniqueFd file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  // False: there is no file.
  explicit operator bool() const { return static_cast<bool>(file_); }
  int fd() const { return file_.get(); }
  // How many of these bytes the page cache has, from the first one on.
  uint64_t at_hand(uint64_t offset, uint64_t bytes) const;
  // Of what was at hand.
  std::string_view bytes(uint64_t offset, uint64_t count) const { return {begin_ + offset, count}; }

 private:
  UniqueFd file_;
  char* begin_ = nullptr;
  uint64_t bytes_ = 0;  // that are mapped
};

}  // namespace longmen
