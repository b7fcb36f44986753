// DTLS datagrams that wait for the shard to have time: handshakes give way to media, so in a crowd
// they queue up here and nothing else waits behind them. First come, first served; full, it
// refuses, and the player sends again. No allocation after construction. Bounds: kDatagrams of
// kMaxDtlsDatagramBytes; how many of them one viewer may have is the caller's to say. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <memory>

#include "core/base/address.h"
#include "core/base/drop_reason.h"
#include "core/base/invariant.h"
#include "net/dtls.h"

namespace longmen {

class HandshakeQueue {
 public:
  // About a quarter of a second's work: what waits longer the player has sent again.
  static constexpr size_t kDatagrams = 512;

  // At most kMaxDtlsDatagramBytes.
  DropReason push(ByteSpan datagram, const Address& from) {
    invariant(datagram.size() <= kMaxDtlsDatagramBytes, "size of a waiting DTLS datagram");
    if (count_ == kDatagrams) return DropReason::kQueueFull;
    if (count_ == 0) first_ = 0;  // pages that a crowd needed stay untouched otherwise
    const size_t slot = (first_ + count_++) % kDatagrams;
    std::copy(datagram.begin(), datagram.end(), &bytes_[slot * kMaxDtlsDatagramBytes]);
    waiting_[slot] = {from, datagram.size()};
    return DropReason::kNone;
  }

  bool empty() const { return count_ == 0; }
  size_t size() const { return count_; }
  // While not empty(). Both stay valid until the next push().
  const Address& from() const { return waiting_[first_].from; }
  ByteSpan datagram() const {
    return {&bytes_[first_ * kMaxDtlsDatagramBytes], waiting_[first_].bytes};
  }
  void pop() {
    first_ = (first_ + 1) % kDatagrams;
    --count_;
  }

 private:
  struct Waiting {
    Address from;
    size_t bytes = 0;
  };
  std::unique_ptr<uint8_t[]> bytes_ =
      std::make_unique_for_overwrite<uint8_t[]>(kDatagrams * kMaxDtlsDatagramBytes);
  std::array<Waiting, kDatagrams> waiting_;
  size_t first_ = 0;
  size_t count_ = 0;
};

}  // namespace longmen
