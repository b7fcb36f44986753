#include "core/http/field_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/http/fields.h"

namespace longmen {

Result<HttpFieldLine> read_field_line(std::string_view text) {
  constexpr std::string_view kOfTokens =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    return fail(fmt::format("\"{}\" is no header field: it is \"Name: value\"", text));
  const std::string_view name = text.substr(0, colon);
  if (name.empty() || name.find_first_not_of(kOfTokens) != std::string_view::npos)
    return fail(fmt::format("\"{}\" is no name of a header field", name));
  const std::string_view value = trim_spaces(text.substr(colon + 1));
  const auto is_control = [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; };
  if (std::ranges::any_of(value, is_control))
    return fail(fmt::format("the value of the header field {} has control characters", name));
  return HttpFieldLine{std::string(name), std::string(value)};
}

}  // namespace longmen
