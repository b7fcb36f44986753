// Reading the Cookie fields of a request: RFC 6265 §5.4.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "core/http/fields.h"

namespace longmen {

// The value of the first cookie of that name that `is_one` takes; empty without one.
template <class IsOne>
std::string find_cookie(const HttpFields& fields, std::string_view name, IsOne is_one) {
  for (const HttpFields::Field& field : fields) {
    if (!equal_ignoring_case(field.name, "Cookie")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view pair = trim_spaces(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const size_t equals = pair.find('=');
      if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
      const std::string_view value = pair.substr(equals + 1);
      if (is_one(value)) return std::string(value);
    }
  }
  return "";
}

}  // namespace longmen
