// EXT-X-DEFINE: which variables a playlist has, and the playlist with its references replaced. Line
// numbers stay. What a client has to fail for is a violation, and its references stay as they are.
// A reference is one to a name that could be a variable's; what only resembles one is text.
// Bounds: kMaxVariables, and kMaxPlaylistBytes of what comes out. Pure.
// Source: draft-pantos-hls-rfc8216bis §4.3, §4.4.2.3, §8.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/hls/check_finding.h"
#include "core/hls/playlist_text_rules.h"

namespace longmen::hls {

inline constexpr size_t kMaxVariables = 1000;
using PlaylistVariables = std::map<std::string, std::string, std::less<>>;

struct VariableSources {
  PlaylistKind kind = PlaylistKind::kMedia;
  std::string_view url;                         // of the playlist, after redirects
  const PlaylistVariables* imported = nullptr;  // the multivariant one's; null: there is none
};

struct SubstitutedPlaylist {
  std::string text;
  PlaylistVariables variables;
};
// Fails when the playlist is larger than the bound, before or after.
Result<SubstitutedPlaylist> substitute_variables(std::string_view text,
                                                 const VariableSources& sources,
                                                 CheckFindings& findings);

}  // namespace longmen::hls
