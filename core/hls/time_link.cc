#include "core/hls/time_link.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace longmen::hls {
namespace {

constexpr double kLongest = 10'000'000;
constexpr int64_t kLastInstantMs = int64_t{1} << 43;
constexpr std::array<std::pair<char, double>, 3> kUnits{{{'h', 3600}, {'m', 60}, {'s', 1}}};

template <class Number, class... Format>
std::optional<Number> whole_number(std::string_view text, Format... format) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, number, format...);
  if (error != std::errc() || read != end) return {};
  return number;
}

// "1h2m3s", each of them once; of the last one the unit may be left out when that is seconds.
std::optional<double> seconds_of_parts(std::string_view text) {
  double seconds = 0;
  for (const auto& [unit, worth] : kUnits) {
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const bool ends = digits == text.size();
    if (digits == 0 || (ends ? unit != 's' : text[digits] != unit)) continue;
    const auto number = whole_number<uint32_t>(text.substr(0, digits));
    if (!number) return {};
    seconds += *number * worth;
    text.remove_prefix(ends ? digits : digits + 1);
  }
  if (!text.empty()) return {};
  return seconds;
}

}  // namespace

std::optional<double> read_start(std::string_view text) {
  if (text.empty()) return {};
  auto seconds = whole_number<double>(text, std::chars_format::fixed);
  if (!seconds) seconds = seconds_of_parts(text);
  return seconds && *seconds >= 0 && *seconds <= kLongest ? seconds : std::nullopt;
}

std::optional<MediaTime> read_instant(std::string_view text) {
  const auto at_ms = whole_number<int64_t>(text);
  if (!at_ms || *at_ms < 0 || *at_ms >= kLastInstantMs) return {};
  return MediaTime(std::chrono::milliseconds(*at_ms));
}

}  // namespace longmen::hls
