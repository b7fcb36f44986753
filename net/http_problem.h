// What went wrong with an HTTP message, as the other side is told. RFC 9457 says how.
#pragma once

#include <string>

namespace longmen {

struct HttpProblem {
  int status = 500;
  std::string words;  // for a person
};

}  // namespace longmen
