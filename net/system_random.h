// Randomness that nobody can guess, from the operating system by way of OpenSSL. Never fails: a
// process without it ends. Any thread.
#pragma once

#include <openssl/rand.h>

#include <cstdint>
#include <span>

#include "core/base/invariant.h"

namespace longmen {

inline void system_random_bytes(std::span<uint8_t> out) {
  invariant(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1,
            "the system's source of randomness");
}

template <class Number>
Number system_random() {
  Number number = 0;
  system_random_bytes({reinterpret_cast<uint8_t*>(&number), sizeof number});
  return number;
}

}  // namespace longmen
