// Who may try a password, and when. Strangers' failures are counted by account name and by network
// (an IPv6 address as its /64, /56 and /48); after the first few each one locks for twice as long
// as the one before. Whoever is known already, by a browser that has signed in to that account
// before (control/device_cookie.h) or by a sign-in, is counted alone: no stranger can lock that
// person out, and a lock of theirs concerns nobody else. OWASP: Slow Down Online Guessing Attacks
// with Device Cookies. An attempt counts as failed from its beginning, so that many at once gain
// nothing. Whether there is such an account it does not know, so nobody learns it from a lock. In
// memory: a restart forgets. Bound: tables of kSlots, found by a keyed hash, never grown and never
// evicted from. Two keys may share a slot, so that one is locked by the other; to fill the tables,
// so that all strangers are locked, takes as many hashes as they have slots within kForget. One
// thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "core/base/random.h"

namespace longmen {

class SignInLimiter {
 public:
  using Time = std::chrono::seconds;  // since anything that does not jump
  static constexpr size_t kSlots = 1 << 16;
  static constexpr int kFreeByAccount = 5;
  static constexpr int kFreeByAddress = 20;  // a school is one address
  static constexpr int kFreeBy56 = 60;
  static constexpr int kFreeBy48 = 200;
  static constexpr std::chrono::seconds kFirstLock{2};
  static constexpr std::chrono::seconds kLongestLock{15 * 60};
  static constexpr std::chrono::seconds kLongestLockOfNetwork{60};  // it has others in it
  static constexpr std::chrono::seconds kForget{60 * 60};           // after the last failure

  // An attempt that was let through, and where it was counted.
  class Ticket {
    friend class SignInLimiter;
    struct Mark {
      uint32_t slot = 0;
      uint32_t life = 0;          // of the slot, which begins anew when it is cleared
      uint32_t locked_until = 0;  // by this attempt; 0: it did not lock
    };
    std::array<Mark, 4> marks_;
    uint32_t count_ = 0;
  };
  using Begun = tl::expected<Ticket, std::chrono::seconds>;

  explicit SignInLimiter(const RandomBytes& random);

  // Go ahead, it is counted as failed; or how long nobody may try, which is not counted.
  Begun begin(std::string_view account, std::string_view address, Time now);
  // Whose account it is, a provider says afterwards: counted by network alone.
  Begun begin_unnamed(std::string_view address, Time now);
  // `key`: of the browser and the account, or of the sign-in.
  Begun begin_known(std::string_view key, Time now);
  // It was no guess after all: as if it had not begun. Others' attempts and their locks stay.
  void undo(const Ticket& ticket);
  // What was counted by account, or for who is known, is forgotten; the network's others are not,
  // or an attacker with an account would have them for free.
  void succeeded(const Ticket& ticket);
  // Somebody who may has vouched for it.
  void clear_account(std::string_view account);

  int failures_of_account(std::string_view account) const;
  int failures_of_known(std::string_view key) const;

 private:
  struct Slot {
    uint32_t last = 0;          // seconds
    uint32_t locked_until = 0;  // seconds
    uint32_t failures = 0;
    uint32_t life = 0;
  };
  struct Rule {
    uint32_t slot;
    int free;
    std::chrono::seconds longest;
  };
  using Rules = std::array<Rule, 4>;  // of the account, then of its networks
  Rules rules_of(std::string_view account, std::string_view address) const;
  uint32_t slot_of(size_t table, std::string_view kind, std::string_view key) const;
  uint32_t slot_of_account(std::string_view account) const;
  uint32_t slot_of_known(std::string_view key) const;
  Begun begin_with(const Rule* rules, size_t count, Time now);
  void clear(Slot& slot);

  std::array<uint8_t, 16> seed_;
  std::vector<Slot> slots_;  // of accounts, then of who is known, then of networks
};

}  // namespace longmen
