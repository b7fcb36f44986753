// Who may watch a channel and go on watching it: holds what the channel asks for against the leave
// that somebody came with. The gateway looks at each request (gateway/watch_gate.h); the relay at
// each join and again whenever the rule is another one, since who watches by WebRTC asks once
// alone. A hidden channel (main~primary) has its channel's rule, and asks for a token whatever the
// access is. Knows no token's text or signature, and no clock: that a leave has ended is its
// holder's to see. Bound: what is revoked, kMaxRevoked of a channel. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/access/watch_token.h"
#include "core/node/channel.h"

namespace longmen {

// What a token that was found good gives: core/access/watch_token.h.
struct WatchLeave {
  WatchBearer bearer = WatchBearer::kPerson;
  std::string subject;
  std::string key;  // the public one that its signature fits
  WatchGrant::Instant expires{};
  bool operator==(const WatchLeave&) const = default;
};

enum class WatchFault {
  kNoToken,
  kAnotherKey,  // the installation has another one since
  kRevoked,
  kForScreens,  // and the leave is a person's
};
// For the player. HTTP: 401, or 403 when another token of the same kind would be no use.
std::string_view words_of(WatchFault fault);
int http_status_of(WatchFault fault);

class WatchRule {
 public:
  WatchRule() = default;
  explicit WatchRule(const Channel& channel);

  Access access() const { return access_; }
  const std::string& key() const { return key_; }
  bool asks_for_token(bool hidden) const { return hidden || access_ != Access::kOpen; }
  // Nothing: who has that leave may watch.
  std::optional<WatchFault> fault(const std::optional<WatchLeave>& leave, bool hidden) const;

  bool operator==(const WatchRule&) const = default;

 private:
  Access access_ = Access::kOpen;
  std::string key_;
  std::vector<std::string> revoked_;  // subjects, in order
};

}  // namespace longmen
