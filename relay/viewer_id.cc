#include "relay/viewer_id.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace longmen {

std::string make_viewer_id(int shard, const RandomBytes& random) {
  std::array<uint8_t, 16> bytes{};
  random(bytes);
  return fmt::format("{:02x}{:02x}", shard, fmt::join(bytes, ""));
}

std::optional<int> shard_of_viewer(std::string_view id) {
  if (id.size() != kViewerIdChars) return {};
  int shard = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + 2, shard, 16);
  if (error != std::errc() || end != id.data() + 2 || shard < 0) return {};
  return shard;
}

}  // namespace longmen
