#include "core/hls/delivery_directives.h"

#include <fmt/format.h>

#include <charconv>

#include "core/time/floor_div.h"

namespace longmen::hls {
namespace {

using std::chrono::seconds;

// A client may be this far ahead: of the last segment, and of the last part (§6.2.5.2).
constexpr int64_t kMaxSegmentsAhead = 2;
int64_t advance_part_limit(const HlsGrid& grid) {
  const Flicks part = grid.part_duration();
  if (part >= Flicks(seconds(1))) return 3;
  return ceil_div(Flicks(seconds(3)).count(), part.count());
}

Result<int64_t> read_integer(std::string_view name, std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.starts_with('-'))
    return fail(fmt::format("{} is not a decimal integer", name));
  return value;
}

}  // namespace

Result<DeliveryDirectives> read_delivery_directives(
    const std::vector<std::pair<std::string, std::string>>& query) {
  DeliveryDirectives wanted;
  for (const auto& [name, value] : query) {
    if (name == "_HLS_skip") wanted.skip = value == "YES" || value == "v2";
    if (name != "_HLS_msn" && name != "_HLS_part") continue;
    auto number = read_integer(name, value);
    if (!number) return tl::unexpected(number.error());
    std::optional<int64_t>& place = name == "_HLS_msn" ? wanted.media_sequence : wanted.part;
    if (place) return fail(fmt::format("{} stands twice", name));
    place = *number;
  }
  if (wanted.part && !wanted.media_sequence) return fail("_HLS_part stands without _HLS_msn");
  return wanted;
}

PlaylistAnswer answer_of(const DeliveryDirectives& wanted, HlsNumber last, const HlsGrid& grid) {
  if (!wanted.media_sequence) return PlaylistAnswer::kNow;
  const int64_t parts = grid.parts_per_segment();
  const bool complete = last.part + 1 == parts;
  const int64_t last_segment = complete ? last.media_sequence : last.media_sequence - 1;
  if (*wanted.media_sequence > last_segment + kMaxSegmentsAhead) return PlaylistAnswer::kBadRequest;
  if (*wanted.media_sequence < last.media_sequence) return PlaylistAnswer::kNow;
  if (!wanted.part)
    return *wanted.media_sequence <= last_segment ? PlaylistAnswer::kNow : PlaylistAnswer::kLater;
  const int64_t ahead_segments = *wanted.media_sequence - last.media_sequence;
  if (*wanted.part > advance_part_limit(grid) + last.part) return PlaylistAnswer::kBadRequest;
  const int64_t ahead = ahead_segments * parts + *wanted.part - last.part;
  if (ahead > advance_part_limit(grid)) return PlaylistAnswer::kBadRequest;
  // All segments have as many parts: one beyond the last is part 0 of the next segment.
  if (*wanted.part >= parts) return PlaylistAnswer::kLater;
  return ahead <= 0 ? PlaylistAnswer::kNow : PlaylistAnswer::kLater;
}

}  // namespace longmen::hls
