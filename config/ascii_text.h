// Text of a configuration file as ASCII alone and back: each other byte, and '~' itself, stands as
// '~' with two hexadecimal digits. toml++ reads what is not ASCII by tables of which some have gaps
// (undefined behaviour, found by fuzzing); written so, it meets such a character in quotes and in
// comments, where it takes it as it is, or refuses a '~'.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace longmen {

std::string to_ascii(std::string_view text);
// The inverse; anything that to_ascii() does not write stays as it is.
std::string from_ascii(std::string_view ascii);

// Of the first "\u007e" or "\U0000007e", from 1; or nothing. A parser would make a '~' of it, which
// from_ascii() took for its own.
std::optional<int> line_of_escaped_mark(std::string_view text);

// Of the first byte that is not UTF-8 (RFC 3629, section 4), from 1; or nothing.
std::optional<int> line_that_is_not_utf8(std::string_view text);

}  // namespace longmen
