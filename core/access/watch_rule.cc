#include "core/access/watch_rule.h"

#include <algorithm>

namespace longmen {

std::string_view words_of(WatchFault fault) {
  switch (fault) {
    case WatchFault::kNoToken:
      return "the channel asks for a token";
    case WatchFault::kAnotherKey:
      return "the token's signature does not fit";
    case WatchFault::kRevoked:
      return "the token was taken back";
    case WatchFault::kForScreens:
      return "the channel is for enrolled screens, and the token is a person's";
  }
  return "";
}

int http_status_of(WatchFault fault) {
  return fault == WatchFault::kForScreens ? 403 : 401;
}

WatchRule::WatchRule(const Channel& channel)
    : access_(channel.access), key_(channel.watch_key), revoked_(channel.watch_revoked) {
  if (revoked_.size() > kMaxRevoked) revoked_.resize(kMaxRevoked);
  std::sort(revoked_.begin(), revoked_.end());
}

std::optional<WatchFault> WatchRule::fault(const std::optional<WatchLeave>& leave,
                                           bool hidden) const {
  if (!asks_for_token(hidden)) return std::nullopt;
  if (!leave) return WatchFault::kNoToken;
  if (leave->key != key_) return WatchFault::kAnotherKey;
  if (std::binary_search(revoked_.begin(), revoked_.end(), leave->subject))
    return WatchFault::kRevoked;
  if (leave->bearer == WatchBearer::kPerson && access_ == Access::kScreens)
    return WatchFault::kForScreens;
  return std::nullopt;
}

}  // namespace longmen
