#include "core/http/byte_range.h"

#include <algorithm>
#include <charconv>

#include "core/http/fields.h"

namespace longmen {
namespace {

// All digits; what does not fit 64 bits is the largest there is.
std::optional<uint64_t> read_number(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return {};
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? number : UINT64_MAX;
}

}  // namespace

std::optional<ByteRange> read_byte_range(std::string_view field, uint64_t bytes) {
  constexpr std::string_view kUnit = "bytes=";
  if (field.size() < kUnit.size() || !equal_ignoring_case(field.substr(0, kUnit.size()), kUnit))
    return {};
  const std::string_view range = trim_spaces(field.substr(kUnit.size()));
  const size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return {};
  const std::string_view from = trim_spaces(range.substr(0, dash));
  const std::string_view to = trim_spaces(range.substr(dash + 1));
  if (from.empty()) {  // the last so many
    const auto count = read_number(to);
    if (!count) return {};
    const uint64_t given = std::min(*count, bytes);
    return ByteRange{bytes - given, given};
  }
  const auto first = read_number(from);
  const auto last = to.empty() ? std::optional<uint64_t>(UINT64_MAX) : read_number(to);
  if (!first || !last || *last < *first) return {};
  if (*first >= bytes) return ByteRange{0, 0};
  return ByteRange{*first, std::min(*last, bytes - 1) - *first + 1};
}

}  // namespace longmen
