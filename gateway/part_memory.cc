#include "gateway/part_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "net/unique_fd.h"

namespace longmen {

class PartMemory::Block {
 public:
  // Null: the system has no room for it, or no descriptor.
  static std::shared_ptr<Block> make(size_t bytes) {
    auto block = std::make_shared<Block>();
    block->file_ = UniqueFd(::memfd_create("longmen-parts", MFD_CLOEXEC));
    if (!block->file_ || ::ftruncate(block->file_.get(), static_cast<off_t>(bytes)) != 0)
      return nullptr;
    void* const at = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, block->file_.get(), 0);
    if (at == MAP_FAILED) return nullptr;
    block->memory_ = {static_cast<const uint8_t*>(at), bytes};
    return block;
  }
  Block() = default;
  ~Block() {
    if (!memory_.empty()) ::munmap(const_cast<uint8_t*>(memory_.data()), memory_.size());
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  size_t room() const { return memory_.size() - used_; }
  int file() const { return file_.get(); }
  // Where they stand. Nothing: the system has no room for them.
  std::optional<size_t> append(ByteSpan bytes) {
    const size_t at = used_;
    // Not through the mapping, where a system without room would end the process.
    const ssize_t written =
        ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written != static_cast<ssize_t>(bytes.size())) return {};
    used_ += bytes.size();
    return at;
  }
  ByteSpan span(size_t at, size_t bytes) const { return memory_.subspan(at, bytes); }

 private:
  UniqueFd file_;
  ByteSpan memory_;
  size_t used_ = 0;
};

SharedBytes PartMemory::keep(const std::shared_ptr<const Bytes>& bytes) {
  if (!bytes || bytes->empty()) return bytes;
  if (!block_ || block_->room() < bytes->size())
    block_ = Block::make(std::max(kBlockBytes, bytes->size()));
  const auto at = block_ ? block_->append(*bytes) : std::nullopt;
  if (!at) return bytes;
  return {block_->span(*at, bytes->size()), block_, block_->file(), *at};
}

}  // namespace longmen
