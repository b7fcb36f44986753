// What lets a camera's telephone see the tally of one channel, and nothing else, without an
// account: until when, and an HMAC-SHA-256 over that and the channel. The key is the database's, so
// that it is good on every node. One thread: the io thread's.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace longmen {

inline constexpr std::chrono::hours kTallyTokenLife{24 * 30};

class TallyTokens {
 public:
  void set_key(std::string key) { key_ = std::move(key); }
  // Empty without a key.
  std::string make(std::string_view channel, int64_t expires_ms) const;
  // Until when it is good; nothing when it is not.
  std::optional<int64_t> expiry_of(std::string_view token, std::string_view channel,
                                   int64_t now_ms) const;

 private:
  std::string mac_of(std::string_view channel, int64_t expires_ms) const;
  std::string key_;
};

}  // namespace longmen
