// Gives each channel a number by which shards know it. The number of a channel that ended is free
// again only when every shard has been told: one that was too busy at that moment still serves the
// old channel's viewers under it. It knows neither shards nor channels. Bounds: kMaxServed
// numbers, a shard at most once for each. One thread (main).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "core/node/channel.h"

namespace longmen {

class ChannelSlots {
 public:
  // Nothing when all are taken.
  std::optional<size_t> take() {
    for (size_t slot = 0; slot < taken_.size(); ++slot) {
      if (taken_[slot]) continue;
      taken_[slot] = true;
      return slot;
    }
    return std::nullopt;
  }

  void end(size_t slot, const std::vector<int>& shards) { ending_.push_back({slot, shards}); }

  // `tell(shard, slot)` is true when the shard took it. Call it after end() and now and then.
  template <class Tell>
  void tell_ends(Tell tell) {
    for (Ending& ending : ending_)
      std::erase_if(ending.shards, [&](int shard) { return tell(shard, ending.slot); });
    std::erase_if(ending_, [&](const Ending& ending) {
      if (ending.shards.empty()) taken_[ending.slot] = false;
      return ending.shards.empty();
    });
  }

 private:
  struct Ending {
    size_t slot;
    std::vector<int> shards;  // that were not told yet
  };
  std::array<bool, kMaxServed> taken_{};
  std::vector<Ending> ending_;
};

}  // namespace longmen
