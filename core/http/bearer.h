// The token of an Authorization field; empty where it is of another scheme, or there is none.
// Schemes compare without regard to case. RFC 6750 §2.1; RFC 9110 §11.1. Pure.
#pragma once

#include "core/http/fields.h"

namespace longmen {

// It lies in `fields`.
inline std::string_view bearer_token(const HttpFields& fields) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view value = fields.value("Authorization");
  if (!equal_ignoring_case(value.substr(0, kScheme.size()), kScheme)) return {};
  return trim_spaces(value.substr(kScheme.size()));
}

}  // namespace longmen
