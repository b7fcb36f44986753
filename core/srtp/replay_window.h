// Which SRTCP indices of one sender have come, the newest kReplayWindowIndices of them: an index
// that is older, or that came before, is a replay. Ask before a packet is authenticated, tell
// after: a forged packet must not move the window. Source: RFC 3711 §3.3.2.
#pragma once

#include <bitset>
#include <cstdint>

namespace longmen {

inline constexpr uint32_t kReplayWindowIndices = 128;

class ReplayWindow {
 public:
  bool is_replay(uint32_t index) const {
    if (seen_.none() || index > newest_) return false;
    const uint32_t age = newest_ - index;
    return age >= kReplayWindowIndices || seen_[age];
  }

  // Requires !is_replay(index).
  void note(uint32_t index) {
    if (seen_.none() || index > newest_) {
      const uint32_t step = seen_.none() ? 0 : index - newest_;
      seen_ = step < kReplayWindowIndices ? seen_ << step : std::bitset<kReplayWindowIndices>();
      newest_ = index;
    }
    seen_.set(newest_ - index);
  }

 private:
  uint32_t newest_ = 0;
  std::bitset<kReplayWindowIndices> seen_;  // by age; none before the first
};

}  // namespace longmen
