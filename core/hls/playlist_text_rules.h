// Holds a playlist's text to what is demanded of any: its characters and lines, tags that may stand
// in it once, tags of the other kind of playlist, the form of attribute lists. It knows no meaning.
// Pure. Source: draft-pantos-hls-rfc8216bis §4.1, §4.2, §4.4.
#pragma once

#include <string_view>

#include "core/hls/check_finding.h"

namespace longmen::hls {

enum class PlaylistKind { kMultivariant, kMedia };

void check_playlist_text(std::string_view text, PlaylistKind kind, CheckFindings& findings);

}  // namespace longmen::hls
