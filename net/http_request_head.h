// The header of an HTTP request, whichever version it came by, and the rules that both share.
// RFC 9110.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/fields.h"
#include "core/http/target.h"
#include "net/http_problem.h"

namespace longmen {

struct HttpRequestHead {
  std::string method;  // case-sensitive
  HttpTarget target;
  HttpFields fields;
  bool has_body = false;               // more than nothing follows
  std::optional<uint64_t> body_bytes;  // when the header says so
};

// Nothing when the target is read.
std::optional<HttpProblem> read_http_target(std::string_view text, HttpTarget& target);
// Nothing when the head's target and expectation are ones that are answered.
std::optional<HttpProblem> problem_of_head(const HttpRequestHead& head);

}  // namespace longmen
