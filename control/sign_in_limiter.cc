#include "control/sign_in_limiter.h"

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

#include "control/client_network.h"

namespace longmen {
namespace {

enum Table : size_t { kAccounts, kKnown, kNetworks, kTables };

}  // namespace

SignInLimiter::SignInLimiter(const RandomBytes& random) : slots_(kTables * kSlots) {
  random(seed_);
}

uint32_t SignInLimiter::slot_of(size_t table, std::string_view kind, std::string_view key) const {
  std::string text(reinterpret_cast<const char*>(seed_.data()), seed_.size());
  text.append(kind).append(key);
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), digest);
  uint32_t number = 0;
  std::memcpy(&number, digest, sizeof number);
  return static_cast<uint32_t>(table * kSlots + number % kSlots);
}
uint32_t SignInLimiter::slot_of_account(std::string_view account) const {
  return slot_of(kAccounts, "account:", account);
}
uint32_t SignInLimiter::slot_of_known(std::string_view key) const {
  return slot_of(kKnown, "known:", key);
}

void SignInLimiter::clear(Slot& slot) {
  slot = Slot{0, 0, 0, slot.life + 1};
}

SignInLimiter::Begun SignInLimiter::begin_with(const Rule* rules, size_t count, Time now) {
  std::chrono::seconds wait{0};
  for (size_t i = 0; i < count; ++i) {
    Slot& slot = slots_[rules[i].slot];
    if (slot.failures > 0 && now.count() >= slot.last + kForget.count()) clear(slot);
    wait = std::max(wait, std::chrono::seconds(slot.locked_until) - now);
  }
  if (wait.count() > 0) return tl::unexpected(wait);
  Ticket ticket;
  for (size_t i = 0; i < count; ++i) {
    Slot& slot = slots_[rules[i].slot];
    Ticket::Mark& mark = ticket.marks_[ticket.count_++];
    mark = {rules[i].slot, slot.life, 0};
    ++slot.failures;
    slot.last = static_cast<uint32_t>(now.count());
    const int over = static_cast<int>(slot.failures) - rules[i].free;
    if (over < 0) continue;
    const auto lock = std::min(kFirstLock * (1u << std::min(over, 16)), rules[i].longest);
    mark.locked_until = slot.locked_until = static_cast<uint32_t>((now + lock).count());
  }
  return ticket;
}

SignInLimiter::Rules SignInLimiter::rules_of(std::string_view account,
                                             std::string_view address) const {
  const auto network = [&](std::string_view kind, int v6_bits) {
    return slot_of(kNetworks, kind, network_of(address, v6_bits));
  };
  return {Rule{slot_of_account(account), kFreeByAccount, kLongestLock},
          Rule{network("64:", 64), kFreeByAddress, kLongestLockOfNetwork},
          Rule{network("56:", 56), kFreeBy56, kLongestLockOfNetwork},
          Rule{network("48:", 48), kFreeBy48, kLongestLockOfNetwork}};
}

SignInLimiter::Begun SignInLimiter::begin(std::string_view account, std::string_view address,
                                          Time now) {
  const Rules rules = rules_of(account, address);
  return begin_with(rules.data(), is_v6(address) ? 4 : 2, now);
}

SignInLimiter::Begun SignInLimiter::begin_unnamed(std::string_view address, Time now) {
  const Rules rules = rules_of("", address);
  return begin_with(rules.data() + 1, is_v6(address) ? 3 : 1, now);
}

SignInLimiter::Begun SignInLimiter::begin_known(std::string_view key, Time now) {
  const Rule rule{slot_of_known(key), kFreeByAccount, kLongestLock};
  return begin_with(&rule, 1, now);
}

void SignInLimiter::undo(const Ticket& ticket) {
  for (uint32_t i = 0; i < ticket.count_; ++i) {
    const Ticket::Mark& mark = ticket.marks_[i];
    Slot& slot = slots_[mark.slot];
    if (slot.life != mark.life) continue;
    if (slot.failures > 0) --slot.failures;
    // Each lock ends later than the one before, so this one is told by its end.
    if (mark.locked_until > 0 && slot.locked_until == mark.locked_until) slot.locked_until = 0;
  }
}

void SignInLimiter::succeeded(const Ticket& ticket) {
  undo(ticket);
  clear(slots_[ticket.marks_[0].slot]);
}

void SignInLimiter::clear_account(std::string_view account) {
  clear(slots_[slot_of_account(account)]);
}

int SignInLimiter::failures_of_account(std::string_view account) const {
  return static_cast<int>(slots_[slot_of_account(account)].failures);
}

int SignInLimiter::failures_of_known(std::string_view key) const {
  return static_cast<int>(slots_[slot_of_known(key)].failures);
}

}  // namespace longmen
