#include "net/http_request_head.h"

namespace longmen {

std::optional<HttpProblem> read_http_target(std::string_view text, HttpTarget& target) {
  auto parsed = parse_http_target(text);
  if (!parsed && parsed.error() == DropReason::kTooLarge)
    return HttpProblem{414, "the request's target is too long"};
  if (!parsed) return HttpProblem{400, "the request's target is malformed"};
  target = std::move(*parsed);
  return std::nullopt;
}

std::optional<HttpProblem> problem_of_head(const HttpRequestHead& head) {
  if (head.target.path == "*" && head.method != "OPTIONS")
    return HttpProblem{400, "\"*\" is a target of OPTIONS alone"};
  if (head.fields.contains("Expect") &&
      !equal_ignoring_case(head.fields.value("Expect"), "100-continue"))
    return HttpProblem{417, "the only expectation met here is 100-continue"};
  return std::nullopt;
}

}  // namespace longmen
