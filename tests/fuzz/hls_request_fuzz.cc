// What an HLS client writes: the query of a playlist, times in links, ranges, the names of segments
// and parts.
#include <cstdint>
#include <string>

#include "core/base/invariant.h"
#include "core/hls/delivery_directives.h"
#include "core/hls/media_name.h"
#include "core/hls/time_link.h"
#include "core/http/byte_range.h"
#include "core/http/target.h"

using namespace longmen;

namespace {

bool is_grid(int parts) {
  return parts == 2 || parts == 4 || parts == 5;
}
HlsGrid grid_of(int parts) {
  return HlsGrid(std::chrono::seconds(1), parts);
}

void ask_playlist(const HttpTarget& target) {
  const auto wanted = hls::read_delivery_directives(target.query);
  if (!wanted) {
    invariant(!wanted.error().message.empty(), "what is refused is said");
    return;
  }
  invariant(!wanted->part || wanted->media_sequence, "a part is one of a segment");
  for (const int parts : {1, 4, 5, 10}) {
    const HlsGrid grid(std::chrono::seconds(parts > 5 ? 2 : 1), parts);
    for (int last = 0; last < parts; ++last) {
      const HlsNumber end{1'767'225'600, last};
      const auto answer = hls::answer_of(*wanted, end, grid);
      if (!wanted->media_sequence)
        invariant(answer == hls::PlaylistAnswer::kNow, "nothing to wait for");
      if (answer == hls::PlaylistAnswer::kLater)
        invariant(*wanted->media_sequence <= end.media_sequence + 2, "nobody waits for long");
    }
  }
}

void ask_media(std::string_view path) {
  const auto name = hls::read_media_name(path);
  if (!name) return;
  std::string again;
  if (const auto* segment = std::get_if<hls::SegmentName>(&*name)) {
    if (segment->version != 1 || !is_grid(segment->parts)) return;
    again =
        hls::segment_name(segment->generation, grid_of(segment->parts), segment->media_sequence);
  } else if (const auto* part = std::get_if<hls::PartName>(&*name)) {
    if (part->version != 1 || !is_grid(part->parts)) return;
    again = hls::part_name(part->generation, grid_of(part->parts), part->number);
  } else {
    again = hls::init_name(std::get<hls::InitName>(*name).name);
  }
  invariant(again == path, "a name is written in one way");
}

void ask_moment(std::string_view text) {
  const auto start = hls::read_start(text);
  invariant(!start || (*start >= 0 && *start <= 10'000'000), "a beginning is within bounds");
  const auto instant = hls::read_instant(text);
  invariant(!instant || *instant >= MediaTime(), "an instant is behind 1970");
  constexpr uint64_t kBytes = 10'000;
  const auto range = read_byte_range(text, kBytes);
  invariant(!range || (range->first <= kBytes && range->count <= kBytes - range->first),
            "a range is within the whole");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ask_media(text);
  ask_moment(text);
  if (const auto target = parse_http_target("/hls/main/v0/index.m3u8?" + std::string(text)))
    ask_playlist(*target);
  return 0;
}
