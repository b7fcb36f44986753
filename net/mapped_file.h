// A file that is open, and in memory as long as it was then, for who sends from it without reading
// it (net/page_pipe.h). Only the kernel may be given the mapped
// bytes (a call of the socket's): a file that becomes shorter ends whoever else touches what is
// gone, while a call fails. What cannot be mapped, or is another user's file, of which nobody says
// whether it is in the page cache, can be read all the same. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

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
  // How many of these bytes the page cache has, from the first one on, or had within kTrusted.
  uint64_t at_hand(uint64_t offset, uint64_t bytes);
  // Of what was at hand.
  std::string_view bytes(uint64_t offset, uint64_t count) const { return {begin_ + offset, count}; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kTrusted{100};
  static constexpr uint64_t kLookBytes = 256 << 10;
  // How many bytes from there on, at most as many as said, the cache has now.
  uint64_t look(uint64_t offset, uint64_t bytes) const;

  UniqueFd file_;
  char* begin_ = nullptr;
  uint64_t bytes_ = 0;                   // that are mapped
  std::vector<Clock::time_point> seen_;  // of each kLookBytes, when all of them were at hand
};

}  // namespace longmen
