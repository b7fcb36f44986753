// What a server that is checked may send: playlists, one after the other, init segments and parts.
#include <cstdint>
#include <string_view>

#include "core/base/invariant.h"
#include "core/cmaf/chunk_reader.h"
#include "core/hls/playlist_checker.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace longmen;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  hls::PlaylistChecker checker;
  // Two playlists, with a zero between.
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    if (hls::is_multivariant(one)) (void)hls::read_multivariant_playlist(one);
    const auto playlist = hls::read_media_playlist(one);
    if (!playlist) continue;
    for (const auto& finding : checker.handle(*playlist, {}))
      invariant(!finding.words.empty() && !finding.section.empty(), "a finding has words");
  }
  const ByteSpan bytes(data, size);
  cmaf::TrackHeader track;
  if (const auto read = cmaf::read_track_header(bytes)) track = *read;
  if (const auto timing = cmaf::read_chunk_timing(bytes, track))
    invariant(timing->samples > 0 && timing->samples <= cmaf::kMaxSamples, "samples are bounded");
  return 0;
}
