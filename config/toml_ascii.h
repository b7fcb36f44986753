// Where TOML text has a character beyond ASCII that is neither in quotes nor in a comment, which
// TOML 1.0 does not allow, or a backslash in front of one or of a blank (which goes on in the next
// line: a configuration needs none). toml++ 3.3 must not see either: what it does then is undefined
// for some characters (its test for white space beyond ASCII). Text that is no TOML otherwise is
// the parser's to refuse. Pure. Source: TOML 1.0.0, "Keys", "String", "Comment".
#pragma once

#include <optional>
#include <string_view>

namespace longmen {

// The line, counted from 1; none when there is no such character.
std::optional<int> line_of_stray_character(std::string_view text);

}  // namespace longmen
