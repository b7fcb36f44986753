// Who may try to sign in, and when: failures are counted by account name and by address (an IPv6
// address as its /64); after the first few each one locks for twice as long as the one before. An
// attempt counts as failed from its beginning, so that many at once gain nothing. Whether there is
// such an account it does not know, so nobody learns it from a lock. In memory: a restart forgets.
// Bound: two tables of kSlots, found by a keyed hash, never grown and never evicted from. Two names
// may share a slot; to fill the tables, so that strangers are locked, takes kSlots failures within
// kForget, each of which costs a password's hash. One thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"

namespace longmen {

class SignInLimiter {
 public:
  using Time = std::chrono::seconds;  // since anything that does not jump
  static constexpr size_t kSlots = 1 << 16;
  static constexpr int kFreeByAccount = 5;
  static constexpr int kFreeByAddress = 20;  // a school is one address
  static constexpr std::chrono::seconds kFirstLock{2};
  static constexpr std::chrono::seconds kLongestLock{15 * 60};
  static constexpr std::chrono::seconds kForget{60 * 60};  // after the last failure

  explicit SignInLimiter(const RandomBytes& random);

  // Nothing: go ahead, it is counted as failed. Else how long nobody may try; that is not counted.
  std::optional<std::chrono::seconds> begin(std::string_view account, std::string_view address,
                                            Time now);
  // It was no guess after all: as if it had not begun.
  void undo(std::string_view account, std::string_view address);
  // The account's failures are forgotten; the address's others are not, or an attacker with an
  // account would have them for free.
  void succeeded(std::string_view account, std::string_view address);
  // Somebody who may has vouched for it.
  void clear_account(std::string_view account);

  int failures_of_account(std::string_view account) const;

 private:
  struct Slot {
    uint32_t last = 0;          // seconds
    uint32_t locked_until = 0;  // seconds
    uint32_t failures = 0;
  };
  size_t slot_of(std::string_view kind, std::string_view key) const;
  static std::chrono::seconds wait_of(Slot& slot, Time now);
  static void count(Slot& slot, int free, Time now);

  std::array<uint8_t, 16> seed_;
  std::vector<Slot> by_account_;
  std::vector<Slot> by_address_;
};

}  // namespace longmen
