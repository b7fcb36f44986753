// What became of the packets of a feed on their way in the last ten seconds, in percent of those
// that were sent, where the way in counts them (SRT); and how many errors its transport stream had
// in the last minute. It is told once a second and knows no clock. Bounds: kSeconds and kMinute
// samples. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <numeric>
#include <optional>

namespace longmen {

class FeedPath {
 public:
  static constexpr size_t kSeconds = 10;
  static constexpr size_t kMinute = 60;
  static constexpr uint64_t kFewPackets = 50;  // of which a percentage says nothing

  // Of one second.
  struct Counts {
    uint64_t packets = 0;        // that came, at the first or at a later try
    uint64_t lost = 0;           // missing at the first try
    uint64_t retransmitted = 0;  // came at a later one
    uint64_t too_late = 0;       // never came, or too late
  };
  struct Percent {
    double lost = 0, retransmitted = 0, too_late = 0;
  };

  void add(const Counts& counts) { keep(counts_, counts, kSeconds); }
  void add_errors(uint64_t count) { keep(errors_, count, kMinute); }
  void forget_counts() { counts_.clear(); }
  void forget_errors() { errors_.clear(); }

  std::optional<Percent> percent() const {
    Counts all;
    for (const Counts& each : counts_) {
      all.packets += each.packets;
      all.lost += each.lost;
      all.retransmitted += each.retransmitted;
      all.too_late += each.too_late;
    }
    const uint64_t sent = all.packets + all.too_late;
    if (sent < kFewPackets) return std::nullopt;
    const auto of_sent = [sent](uint64_t count) {
      return 100.0 * static_cast<double>(count) / static_cast<double>(sent);
    };
    return Percent{of_sent(all.lost), of_sent(all.retransmitted), of_sent(all.too_late)};
  }
  std::optional<int64_t> errors_of_last_minute() const {
    if (errors_.empty()) return std::nullopt;
    return static_cast<int64_t>(std::accumulate(errors_.begin(), errors_.end(), uint64_t{0}));
  }

 private:
  template <class T>
  static void keep(std::deque<T>& list, const T& newest, size_t most) {
    list.push_back(newest);
    if (list.size() > most) list.pop_front();
  }

  std::deque<Counts> counts_;
  std::deque<uint64_t> errors_;
};

}  // namespace longmen
