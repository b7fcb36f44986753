#include "net/openssl.h"

#include <fmt/format.h>
#include <openssl/err.h>

#include <array>

namespace longmen {

std::string openssl_error(std::string_view what) {
  std::array<char, 256> words{};
  const unsigned long code = ERR_get_error();
  ERR_error_string_n(code, words.data(), words.size());
  ERR_clear_error();
  return fmt::format("{}: {}", what, code ? words.data() : "no reason given");
}

}  // namespace longmen
