// The target of an HTTP request: which path is meant, once everything that could disguise it is
// gone. Percent-escapes are decoded once, dot segments resolved and never above the root, repeated
// slashes joined. What stays ambiguous after that (an escaped slash, a backslash, a control
// character) is refused. Knows no route. Bounds: kMaxTargetBytes, kMaxQueryFields.
// RFC 9112 §3.2, RFC 3986 §5.2.4.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace longmen {

inline constexpr size_t kMaxTargetBytes = 8 << 10;
inline constexpr size_t kMaxQueryFields = 64;

struct HttpTarget {
  std::string path;       // decoded, begins with '/'; or "*" (OPTIONS for the server as a whole)
  std::string raw_query;  // as it came, without '?'
  std::vector<std::pair<std::string, std::string>> query;  // decoded, '+' is a space

  // The first value of a query field; empty when there is none.
  std::string_view query_value(std::string_view name) const;
  // In origin form again: the path escaped anew, so that the next reader sees what this one saw.
  std::string origin_form() const;
};

// Origin form, absolute form (its authority is left out) or "*". kTooLarge or kMalformed.
Parsed<HttpTarget> parse_http_target(std::string_view target);

// Nothing when an escape is not two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
// All but letters, digits and the characters of `plain`.
std::string percent_encode_but(std::string_view text, std::string_view plain);
// All but the unreserved characters: RFC 3986 §2.3. Good for the values of a query and of a form
// (RFC 6749 appendix B), and for the segments of a path.
std::string percent_encode(std::string_view text);
// Everything but the characters that stand for themselves in a path, slashes among them.
std::string percent_encode_path(std::string_view path);

}  // namespace longmen
