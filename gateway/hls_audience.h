// How many watch HLS: it has no connection that lasts, so whoever asked for a playlist in the last
// ten seconds does. Told apart by address and User-Agent, so players behind one address that are
// alike count as one, and a cache on the way as one. Knows no request. Bounds: kMaxKnown in all;
// beyond them nobody new is counted. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/time/media_time.h"

namespace longmen {

class HlsAudience {
 public:
  static constexpr size_t kMaxKnown = 20'000;
  static constexpr std::chrono::seconds kStays{10};

  void note(std::string_view channel, std::string_view address, std::string_view agent,
            Monotonic now) {
    auto& of = channels_[std::string(channel)];
    const size_t who = std::hash<std::string>{}(std::string(address) + '\n' + std::string(agent));
    if (const auto known = of.find(who); known != of.end()) {
      known->second = now;
    } else if (known_ < kMaxKnown) {
      of.emplace(who, now);
      ++known_;
    }
  }

  // By channel; who has not been seen for long is forgotten.
  std::map<std::string, uint64_t> count(Monotonic now) {
    std::map<std::string, uint64_t> counts;
    known_ = 0;
    for (auto& [channel, of] : channels_) {
      std::erase_if(of, [&](const auto& each) { return now - each.second > kStays; });
      known_ += of.size();
      counts[channel] = of.size();
    }
    std::erase_if(channels_, [](const auto& each) { return each.second.empty(); });
    return counts;
  }

 private:
  std::map<std::string, std::unordered_map<size_t, Monotonic>> channels_;
  size_t known_ = 0;
};

}  // namespace longmen
