// Bytes that many hold and nobody changes, wherever they are: on the heap, or in memory that is an
// open file's too, from which the kernel sends them without a copy. Copies share them.
#pragma once

#include <memory>
#include <utility>

#include "core/base/bytes.h"

namespace longmen {

class SharedBytes {
 public:
  SharedBytes() = default;  // none, which is something else than empty ones
  // Not explicit: they are what they were.
  SharedBytes(std::shared_ptr<const Bytes> bytes) {
    if (bytes) span_ = *bytes;
    owner_ = std::move(bytes);
  }
  // `owner` keeps the bytes, and the file open, in which they stand at `offset`.
  SharedBytes(ByteSpan span, std::shared_ptr<const void> owner, int file, uint64_t offset)
      : span_(span), owner_(std::move(owner)), file_(file), offset_(offset) {}

  explicit operator bool() const { return owner_ != nullptr; }
  const ByteSpan& operator*() const { return span_; }
  const ByteSpan* operator->() const { return &span_; }
  const std::shared_ptr<const void>& owner() const { return owner_; }
  int file() const { return file_; }  // -1: they are in none
  uint64_t offset() const { return offset_; }

 private:
  ByteSpan span_;
  std::shared_ptr<const void> owner_;
  int file_ = -1;
  uint64_t offset_ = 0;
};

}  // namespace longmen
