// Bytes written as hexadecimal digits, spaces ignored.
#pragma once

#include <string_view>

#include "core/base/bytes.h"

namespace longmen::test {

inline Bytes from_hex(std::string_view digits) {
  Bytes bytes;
  int high = -1;
  for (char c : digits) {
    if (c == ' ') continue;
    const int value = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (high < 0) {
      high = value;
    } else {
      bytes.push_back(static_cast<uint8_t>(high << 4 | value));
      high = -1;
    }
  }
  return bytes;
}

}  // namespace longmen::test
