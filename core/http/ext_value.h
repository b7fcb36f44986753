// A text as a field's parameter has it, filename*=UTF-8''…: what is no attr-char is encoded, so
// that nothing in a name ends the parameter or begins another one. Pure. Source: RFC 8187 §3.2.1.
#pragma once

#include "core/http/target.h"

namespace longmen {

inline std::string encode_ext_value(std::string_view text) {
  return percent_encode_but(text, "!#$&+-.^_`|~");
}

}  // namespace longmen
