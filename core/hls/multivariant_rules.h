// Holds a multivariant playlist to what is demanded of its variants, its renditions and their
// groups, and its session data. It knows no media playlist. Pure. Source:
// draft-pantos-hls-rfc8216bis §4.4.6.
#pragma once

#include "core/hls/check_finding.h"
#include "core/hls/playlist_reader.h"

namespace longmen::hls {

void check_multivariant(const ToldMultivariantPlaylist& playlist, CheckFindings& findings);

}  // namespace longmen::hls
