#include "net/mapped_file.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>

namespace longmen {
namespace {

constexpr size_t kPagesAtOnce = 128;

uint64_t page_bytes() {
  static const auto bytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

// mincore() says of other people's files that all of them is there.
bool tells_what_is_cached(const struct stat& about) {
  return about.st_uid == ::geteuid() || ::geteuid() == 0;
}

}  // namespace

MappedFile::MappedFile(UniqueFd file) : file_(std::move(file)) {
  struct stat about {};
  if (!file_ || ::fstat(file_.get(), &about) != 0 || about.st_size <= 0) return;
  if (!tells_what_is_cached(about)) return;
  const auto bytes = static_cast<uint64_t>(about.st_size);
  void* const mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file_.get(), 0);
  if (mapped == MAP_FAILED) return;
  begin_ = static_cast<char*>(mapped);
  bytes_ = bytes;
  seen_.resize((bytes + kLookBytes - 1) / kLookBytes);
}

MappedFile::~MappedFile() {
  if (begin_) ::munmap(begin_, bytes_);
}

uint64_t MappedFile::at_hand(uint64_t offset, uint64_t bytes) {
  if (offset >= bytes_) return 0;
  const uint64_t end = offset + std::min(bytes, bytes_ - offset);
  const auto now = Clock::now();
  for (uint64_t block = offset / kLookBytes; block * kLookBytes < end; ++block) {
    if (now - seen_[block] < kTrusted) continue;
    const uint64_t first = block * kLookBytes;
    const uint64_t all = std::min(kLookBytes, bytes_ - first);
    if (look(first, all) == all) {
      seen_[block] = now;
      continue;
    }
    const uint64_t from = std::max(offset, first);
    return from + look(from, end - from) - offset;
  }
  return end - offset;
}

uint64_t MappedFile::look(uint64_t offset, uint64_t bytes) const {
  const uint64_t end = offset + bytes;
  std::array<unsigned char, kPagesAtOnce> there;
  uint64_t from = offset - offset % page_bytes();
  while (from < end) {
    const uint64_t pages =
        std::min<uint64_t>((end - from + page_bytes() - 1) / page_bytes(), kPagesAtOnce);
    if (::mincore(begin_ + from, pages * page_bytes(), there.data()) != 0) break;
    const auto known = there.begin() + static_cast<ptrdiff_t>(pages);
    const auto missing = std::find_if(there.begin(), known, [](auto each) { return !(each & 1); });
    from += static_cast<uint64_t>(missing - there.begin()) * page_bytes();
    if (missing != known) break;
  }
  return std::clamp(from, offset, end) - offset;
}

}  // namespace longmen
