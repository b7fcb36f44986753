#include "control/request_rate.h"

#include <openssl/sha.h>

#include <cstring>
#include <string>

namespace longmen {

RequestRate::RequestRate(const RandomBytes& random, size_t slots) : slots_(slots) {
  random(seed_);
}

RequestRate::Slot& RequestRate::slot_of(std::string_view key) {
  std::string text(reinterpret_cast<const char*>(seed_.data()), seed_.size());
  text.append(key);
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), digest.data());
  uint32_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return slots_[number % slots_.size()];
}

std::optional<std::chrono::seconds> RequestRate::wait_of(std::string_view key, uint32_t most,
                                                         Time now) {
  Slot& slot = slot_of(key);
  const Time since = now - Time(slot.begun_s);
  if (slot.count == 0 || since < Time(0) || since >= kWindow) slot = {now.count(), 0};
  if (slot.count >= most) return kWindow - (now - Time(slot.begun_s));
  ++slot.count;
  return std::nullopt;
}

}  // namespace longmen
