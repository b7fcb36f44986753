// A bounded queue between exactly two threads: one pushes, one pops; neither waits, neither locks.
// A push onto a full ring is refused, and the caller decides what that means.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <optional>

namespace longmen {

template <class T, size_t kCapacity>
class SpscRing {
  static_assert(std::has_single_bit(kCapacity));

 public:
  // The pushing thread. `value` is moved from only on success.
  bool push(T&& value) {
    const size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == kCapacity) return false;
    slots_[tail % kCapacity] = std::move(value);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // The popping thread.
  std::optional<T> pop() {
    const size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return {};
    std::optional<T> value(std::move(slots_[head % kCapacity]));
    slots_[head % kCapacity] = T();  // lets go of what it shared
    head_.store(head + 1, std::memory_order_release);
    return value;
  }

 private:
  // Far enough apart that the two threads do not share a cache line.
  alignas(64) std::atomic<size_t> head_{0};
  alignas(64) std::atomic<size_t> tail_{0};
  std::unique_ptr<T[]> slots_ = std::make_unique<T[]>(kCapacity);
};

}  // namespace longmen
