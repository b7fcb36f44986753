// Passwords as they are kept: argon2id, in the text form that names its own parameters, so that
// they can be raised and old hashes be told apart. Blocks for as long as it costs; the threads that
// may do so are control/password_pool.h's. Also which passwords are taken at all: length counts,
// composition does not, and those that are tried first are refused (control/common_passwords.h).
// RFC 9106; NIST SP 800-63B §5.1.1.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/result.h"

namespace longmen {

struct PasswordCost {
  uint32_t memory_kib = 64 << 10;  // RFC 9106 §4, the second recommended option, on one lane
  uint32_t passes = 3;
  uint32_t lanes = 1;
};

inline constexpr size_t kMinPasswordCharacters = 12;
inline constexpr size_t kMaxPasswordBytes = 256;

Result<std::string> hash_password(const std::string& password, const PasswordCost& cost,
                                  const RandomBytes& random);
// False also for a hash that is none.
bool is_password(const std::string& password, const std::string& hash);
// Whether the hash was made at another cost.
bool needs_rehash(std::string_view hash, const PasswordCost& cost);

// What is wrong with it as a new password of that account; nothing when it can be taken.
std::optional<std::string> fault_of_password(std::string_view password, std::string_view name);

}  // namespace longmen
