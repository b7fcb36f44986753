// Decides which slate is made next, one at a time: in the order in which they are wanted, and one
// that could not be made waits for a while without holding up the others. It knows names only;
// neither files nor processes. Bounds: an entry for each slate that failed and is still wanted. One
// thread.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time/media_time.h"

namespace longmen {

class SlateQueue {
 public:
  static constexpr std::chrono::seconds kRetry{30};
  // Of what somebody gave: it was looked at, and is not going to be another one by itself.
  static constexpr std::chrono::minutes kRetryGiven{10};

  // --- Handlers.
  void want(const std::vector<std::string>& missing) {
    missing_ = missing;
    std::erase_if(retry_, [&](const auto& failed) {
      return std::find(missing.begin(), missing.end(), failed.first) == missing.end();
    });
  }
  void failed(const std::string& slate, Monotonic now, std::chrono::seconds retry = kRetry) {
    retry_[slate] = now + retry;
  }

  // --- Getters.
  std::optional<std::string> next(Monotonic now) const {
    for (const std::string& slate : missing_) {
      const auto retry = retry_.find(slate);
      if (retry == retry_.end() || retry->second <= now) return slate;
    }
    return std::nullopt;
  }
  // When next() has something again, after it had nothing.
  std::optional<Monotonic> next_timeout() const {
    std::optional<Monotonic> first;
    for (const auto& [slate, at] : retry_)
      first = first ? std::min(*first, at) : at;
    return first;
  }
  bool has_failed(const std::string& slate) const { return retry_.contains(slate); }

 private:
  std::vector<std::string> missing_;
  std::map<std::string, Monotonic> retry_;  // of those that could not be made
};

}  // namespace longmen
