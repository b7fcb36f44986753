// A text as a field's parameter has it, filename*=UTF-8''…: what is no attr-char is encoded, so
// that nothing in a name ends the parameter or begins another one. Pure. Source: RFC 8187 §3.2.1.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace longmen {

inline std::string encode_ext_value(std::string_view text) {
  constexpr std::string_view kPlain = "!#$&+-.^_`|~";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kPlain.find(c) != std::string_view::npos;
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return out;
}

}  // namespace longmen
