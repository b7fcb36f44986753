#include "control/password_hash.h"

#include <argon2.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/common_passwords.h"

namespace longmen {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;

std::string prefix_of(const PasswordCost& cost) {
  return fmt::format("$argon2id$v={}$m={},t={},p={}$", static_cast<int>(ARGON2_VERSION_NUMBER),
                     cost.memory_kib, cost.passes, cost.lanes);
}

}  // namespace

Result<std::string> hash_password(const std::string& password, const PasswordCost& cost,
                                  const RandomBytes& random) {
  std::array<uint8_t, kSaltBytes> salt;
  random(salt);
  std::string text(argon2_encodedlen(cost.passes, cost.memory_kib, cost.lanes, kSaltBytes,
                                     kHashBytes, Argon2_id),
                   '\0');
  const int code = argon2id_hash_encoded(cost.passes, cost.memory_kib, cost.lanes, password.data(),
                                         password.size(), salt.data(), salt.size(), kHashBytes,
                                         text.data(), text.size());
  if (code != ARGON2_OK) return fail(fmt::format("argon2id: {}", argon2_error_message(code)));
  text.resize(text.find('\0'));
  return text;
}

bool is_password(const std::string& password, const std::string& hash) {
  return argon2id_verify(hash.c_str(), password.data(), password.size()) == ARGON2_OK;
}

bool needs_rehash(std::string_view hash, const PasswordCost& cost) {
  return !hash.starts_with(prefix_of(cost));
}

std::optional<std::string> fault_of_password(std::string_view password, std::string_view name) {
  const auto characters =
      static_cast<size_t>(std::count_if(password.begin(), password.end(), [](char c) {
        return (static_cast<uint8_t>(c) & 0xC0) !=
               0x80;  // each begins with another byte than those
      }));
  if (characters < kMinPasswordCharacters)
    return fmt::format("the password needs {} characters or more", kMinPasswordCharacters);
  if (password.size() > kMaxPasswordBytes)
    return fmt::format("the password may have {} bytes at most", kMaxPasswordBytes);
  if (is_common_password(password, name))
    return "the password is one of those that are tried first; take one that nobody else has";
  return std::nullopt;
}

}  // namespace longmen
