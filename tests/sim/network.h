// A network in virtual time: what is sent arrives later, perhaps out of order, twice, or never.
// Everything it decides follows from its seed.
#pragma once

#include <map>
#include <optional>
#include <queue>
#include <random>
#include <vector>

#include "core/bandwidth/bitrate.h"
#include "core/base/bytes.h"
#include "core/time/media_time.h"
#include "tests/sim/bottleneck.h"

namespace longmen::sim {

struct LinkQuality {
  double loss = 0;                              // of each datagram
  double outage = 0;                            // chance that a datagram begins an outage ...
  std::chrono::nanoseconds outage_duration{0};  // ... of this length
  double duplicate = 0;
  std::chrono::nanoseconds delay{0};
  std::chrono::nanoseconds jitter{0};  // added evenly: more than the spacing means reordering ...
  bool in_order = false;               // ... unless nothing overtakes
};

struct Datagram {
  Monotonic at;
  uint64_t order = 0;
  size_t viewer = 0;
  bool to_viewer = false;
  Bytes bytes;
};

class Network {
 public:
  explicit Network(uint64_t seed) : random_(seed) {}

  // `outage_until` is the state of the link in this direction, as is `bottleneck`, if there is one.
  void send(const LinkQuality& quality, Monotonic& outage_until, Datagram datagram, Monotonic now,
            Bottleneck* bottleneck = nullptr) {
    if (chance(quality.outage)) outage_until = now + quality.outage_duration;
    Monotonic leaves = now;
    if (bottleneck != nullptr) {
      const auto passed = bottleneck->pass(datagram.bytes.size() + kDatagramOverheadBytes, now);
      if (!passed) {
        ++lost_;
        return;
      }
      leaves = *passed;
    }
    const int copies = chance(quality.duplicate) ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
      if (now < outage_until || chance(quality.loss)) {
        ++lost_;
        continue;
      }
      Datagram sent = datagram;
      sent.order = next_order_++;
      sent.at = leaves + quality.delay +
                std::chrono::nanoseconds(
                    static_cast<int64_t>(uniform() * static_cast<double>(quality.jitter.count())));
      if (quality.in_order) {
        Monotonic& last = last_arrival_[{sent.viewer, sent.to_viewer}];
        sent.at = last = std::max(last, sent.at);
      }
      in_flight_.push(std::move(sent));
    }
  }

  std::optional<Datagram> receive(Monotonic now) {
    if (in_flight_.empty() || in_flight_.top().at > now) return {};
    Datagram datagram = in_flight_.top();
    in_flight_.pop();
    return datagram;
  }

  uint64_t lost() const { return lost_; }

 private:
  struct Later {
    bool operator()(const Datagram& a, const Datagram& b) const {
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };
  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  bool chance(double probability) { return probability > 0 && uniform() < probability; }

  std::mt19937_64 random_;
  std::priority_queue<Datagram, std::vector<Datagram>, Later> in_flight_;
  std::map<std::pair<size_t, bool>, Monotonic> last_arrival_;
  uint64_t next_order_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace longmen::sim
