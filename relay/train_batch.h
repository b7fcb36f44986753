// Trains of a shard that leave together: each is sealed behind the one before, then all go to the
// kernel by one call (net/udp_port.h). Bounds: kMaxTrains, and a buffer that stays in a processor's
// own cache. One thread.
#pragma once

#include <array>
#include <span>

#include "core/base/invariant.h"
#include "core/viewer/train_builder.h"
#include "net/udp_port.h"

namespace longmen {

class TrainBatch {
 public:
  static constexpr size_t kMaxTrains = UdpPort::kMaxTrainsACall;
  // Some 16 pictures of 2 Mbit/s, or 4 trains that are full.
  static constexpr size_t kBufferBytes = 5 * kTrainBufferBytes;

  bool empty() const { return first_ == end_; }
  bool full() const { return end_ == kMaxTrains || kBufferBytes - used_bytes_ < kTrainBufferBytes; }
  // Where the next train is sealed; while not full().
  std::span<uint8_t> room() { return std::span(buffer_).subspan(used_bytes_); }
  // What was sealed in room().
  void add(const Train& train, const Address& to) {
    invariant(!full(), "a train finds room in its batch");
    trains_[end_++] = {room().first(train.bytes), train.segment_bytes, to};
    used_bytes_ += train.bytes;
  }
  // The last one that was added is the first of a picture that arrived then.
  void note_arrival(Monotonic arrived) { arrivals_[arrivals_count_++] = arrived; }

  // Those that have not left.
  std::span<OutgoingTrain> trains() { return std::span(trains_).subspan(first_, end_ - first_); }
  std::span<const Monotonic> arrivals() const {
    return std::span(arrivals_).first(arrivals_count_);
  }
  // So many from the first on have left.
  void drop(size_t count) { first_ += count; }
  // All have left.
  void clear() { first_ = end_ = used_bytes_ = arrivals_count_ = 0; }

 private:
  Bytes buffer_ = Bytes(kBufferBytes);
  std::array<OutgoingTrain, kMaxTrains> trains_;
  std::array<Monotonic, kMaxTrains> arrivals_;
  size_t first_ = 0;
  size_t end_ = 0;
  size_t used_bytes_ = 0;
  size_t arrivals_count_ = 0;
};

}  // namespace longmen
