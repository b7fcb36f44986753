// A text in which no two places look the same: what is cut out of it says where it was.
#pragma once

#include <string>

namespace longmen::test {

inline std::string numbered_text(size_t bytes, size_t first = 0) {
  std::string text;
  for (size_t number = first; text.size() < bytes; ++number)
    text += std::to_string(number) + ' ';
  text.resize(bytes);
  return text;
}

}  // namespace longmen::test
