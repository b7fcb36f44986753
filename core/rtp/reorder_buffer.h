// Puts packets of one RTP stream back into their order: what comes in order passes at once; what is
// ahead waits for those between, but no longer than `patience` from its arrival, then a gap is told
// and it goes on. Late and repeated packets are refused. A sequence number that is far from all
// others is another sender's beginning: everything starts anew, and nothing between is counted as
// lost. Knows no payload.
// Bounds: kMaxWaiting packets (the one that waits longest goes, with a gap). One thread.
// Source: RFC 3550 §A.1.
#pragma once

#include <chrono>
#include <map>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/time/media_time.h"
#include "core/time/unwrapper.h"

namespace longmen {

class ReorderBuffer {
 public:
  static constexpr size_t kMaxWaiting = 2048;
  static constexpr int64_t kFar = 3000;  // RFC 3550's MAX_DROPOUT

  explicit ReorderBuffer(std::chrono::nanoseconds patience) : patience_(patience) {}

  struct Packet {
    Bytes payload;
    Monotonic arrival;
    bool gap = false;  // others are missing before it
  };

  // kStale: after its turn; kReplayed: it waits already.
  Parsed<void> push(uint16_t sequence, ByteSpan payload, Monotonic now) {
    int64_t number = numbers_.unwrap(sequence);
    if (next_ && (number > *next_ + kFar || number < *next_ - kFar)) {
      restart();
      number = numbers_.unwrap(sequence);
    }
    if (!next_) next_ = number;
    if (number < *next_) return drop(DropReason::kStale);
    if (!waiting_.emplace(number, Packet{Bytes(payload.begin(), payload.end()), now}).second)
      return drop(DropReason::kReplayed);
    return {};
  }

  // What comes next is another sender's.
  void restart() {
    waiting_.clear();
    numbers_.reset();
    gap_ = next_.has_value();
    next_.reset();
  }

  // The next one, if it is due.
  std::optional<Packet> poll(Monotonic now) {
    if (waiting_.empty()) return std::nullopt;
    const auto first = waiting_.begin();
    const bool in_turn = first->first == *next_;
    if (!in_turn && waiting_.size() <= kMaxWaiting && now < first->second.arrival + patience_)
      return std::nullopt;
    Packet packet = std::move(first->second);
    packet.gap = !in_turn || gap_;
    gap_ = false;
    passed_ += 1;
    lost_ += static_cast<uint64_t>(first->first - *next_);
    next_ = first->first + 1;
    waiting_.erase(first);
    return packet;
  }
  // Packets that poll() gave, and those that did not come in their turn.
  uint64_t passed() const { return passed_; }
  uint64_t lost() const { return lost_; }
  // When poll() is to be asked although nothing comes.
  std::optional<Monotonic> next_timeout() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.begin()->second.arrival + patience_;
  }

 private:
  std::chrono::nanoseconds patience_;
  SequenceUnwrapper numbers_;
  std::optional<int64_t> next_;
  std::map<int64_t, Packet> waiting_;
  bool gap_ = false;
  uint64_t passed_ = 0, lost_ = 0;
};

}  // namespace longmen
