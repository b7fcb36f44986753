// The times that links and playlists' addresses carry: ?t=90, ?t=2.5 or ?t=1h2m3s, seconds from the
// beginning; ?at=1700000000000, an instant of the media clock in milliseconds since 1970. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "core/time/media_time.h"

namespace longmen::hls {

// Seconds, at most ten million; nothing: it is no such time.
std::optional<double> read_start(std::string_view text);
std::optional<MediaTime> read_instant(std::string_view text);

}  // namespace longmen::hls
