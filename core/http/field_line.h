// A header field as a person writes it, "Name: value". Blanks around the value do not belong to it.
// Fails with words when it is none: no colon, a name that is no token, a value with control
// characters. Pure. Source: RFC 9110 §5.1, §5.5, §5.6.2.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace longmen {

struct HttpFieldLine {
  std::string name, value;
};
Result<HttpFieldLine> read_field_line(std::string_view text);

}  // namespace longmen
