#include "relay/viewer_id.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace longmen {
namespace {

// Of two hex digits.
std::optional<int> number_at(std::string_view id, size_t at) {
  if (id.size() != kViewerIdChars) return {};
  int number = 0;
  const char* const begin = id.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + 2, number, 16);
  if (error != std::errc() || end != begin + 2 || number < 0) return {};
  return number;
}

}  // namespace

std::string make_viewer_id(int shard, const RandomBytes& random, size_t slot) {
  std::array<uint8_t, 16> bytes{};
  random(bytes);
  return fmt::format("{:02x}{:02x}{:02x}", shard, slot, fmt::join(bytes, ""));
}

std::optional<int> shard_of_viewer(std::string_view id) {
  return number_at(id, 0);
}

std::optional<size_t> slot_of_viewer(std::string_view id) {
  return number_at(id, 2);
}

}  // namespace longmen
