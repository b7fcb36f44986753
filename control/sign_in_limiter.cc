#include "control/sign_in_limiter.h"

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

#include "core/base/address.h"

namespace longmen {
namespace {

std::string network_of(std::string_view text) {
  auto address = Address::from_text(text, 0);
  if (!address || !address->is_v6()) return std::string(text);
  std::fill(address->ip.begin() + 8, address->ip.end(), uint8_t{0});
  return address->ip_string();
}

}  // namespace

SignInLimiter::SignInLimiter(const RandomBytes& random) : by_account_(kSlots), by_address_(kSlots) {
  random(seed_);
}

size_t SignInLimiter::slot_of(std::string_view kind, std::string_view key) const {
  std::string text(reinterpret_cast<const char*>(seed_.data()), seed_.size());
  text.append(kind).append(key);
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), digest);
  uint32_t number = 0;
  std::memcpy(&number, digest, sizeof number);
  return number % kSlots;
}

std::chrono::seconds SignInLimiter::wait_of(Slot& slot, Time now) {
  if (slot.failures > 0 && now.count() >= slot.last + kForget.count()) slot = {};
  return std::max(std::chrono::seconds(slot.locked_until) - now, std::chrono::seconds(0));
}

void SignInLimiter::count(Slot& slot, int free, Time now) {
  ++slot.failures;
  slot.last = static_cast<uint32_t>(now.count());
  if (slot.failures < static_cast<uint32_t>(free)) return;
  const uint32_t doublings = std::min<uint32_t>(slot.failures - static_cast<uint32_t>(free), 16);
  const auto lock = std::min(kFirstLock * (1u << doublings), kLongestLock);
  slot.locked_until = static_cast<uint32_t>((now + lock).count());
}

std::optional<std::chrono::seconds> SignInLimiter::begin(std::string_view account,
                                                         std::string_view address, Time now) {
  Slot& of_account = by_account_[slot_of("account:", account)];
  Slot& of_address = by_address_[slot_of("address:", network_of(address))];
  const auto wait = std::max(wait_of(of_account, now), wait_of(of_address, now));
  if (wait.count() > 0) return wait;
  count(of_account, kFreeByAccount, now);
  count(of_address, kFreeByAddress, now);
  return std::nullopt;
}

void SignInLimiter::undo(std::string_view account, std::string_view address) {
  for (Slot* slot : {&by_account_[slot_of("account:", account)],
                     &by_address_[slot_of("address:", network_of(address))]}) {
    if (slot->failures > 0) --slot->failures;
    slot->locked_until = 0;  // nobody began while it was locked, so the lock is this attempt's
  }
}

void SignInLimiter::succeeded(std::string_view account, std::string_view address) {
  undo(account, address);
  clear_account(account);
}

void SignInLimiter::clear_account(std::string_view account) {
  by_account_[slot_of("account:", account)] = {};
}

int SignInLimiter::failures_of_account(std::string_view account) const {
  return static_cast<int>(by_account_[slot_of("account:", account)].failures);
}

}  // namespace longmen
