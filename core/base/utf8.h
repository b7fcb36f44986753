// UTF-8 one character at a time: no overlong forms, no surrogates. Pure. RFC 3629 §4.
#pragma once

#include <optional>
#include <string_view>

namespace longmen {

// Takes the character in front off `text`, which is not empty; nothing, and `text` stays as it is,
// when the bytes there are none.
std::optional<char32_t> take_utf8(std::string_view& text);

}  // namespace longmen
