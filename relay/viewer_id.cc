#include "relay/viewer_id.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace longmen {
namespace {

// Of so many hex digits.
std::optional<int> number_at(std::string_view id, size_t at, size_t digits) {
  if (id.size() != kViewerIdChars) return {};
  int number = 0;
  const char* const begin = id.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + digits, number, 16);
  if (error != std::errc() || end != begin + digits || number < 0) return {};
  return number;
}

}  // namespace

std::string make_viewer_id(int shard, const RandomBytes& random, size_t slot) {
  std::array<uint8_t, 16> bytes{};
  random(bytes);
  return fmt::format("{:02x}{:03x}{:02x}", shard, slot, fmt::join(bytes, ""));
}

std::optional<int> shard_of_viewer(std::string_view id) {
  return number_at(id, 0, 2);
}

std::optional<size_t> slot_of_viewer(std::string_view id) {
  return number_at(id, 2, 3);
}

}  // namespace longmen
