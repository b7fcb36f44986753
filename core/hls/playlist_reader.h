// Reads playlists that anybody wrote, for holding them to the specification: what is told, as it is
// told, with unknown tags left aside. What makes a playlist unreadable is an error; what is merely
// wrong is for core/hls/playlist_checker.h to say. Pure.
// Bounds: kMaxPlaylistBytes; a million lines are no more than that.
// Source: draft-pantos-hls-rfc8216bis §4.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace longmen::hls {

inline constexpr size_t kMaxPlaylistBytes = 4 << 20;

struct ToldPart {
  std::string uri;
  double duration_s = 0;
  bool independent = false;
  bool gap = false;
  bool byte_range = false;
};

struct ToldSegment {
  int64_t media_sequence = 0;
  std::string uri;  // empty: it is not whole yet
  double duration_s = 0;
  std::vector<ToldPart> parts;
  std::string map_uri;  // in force; empty: none
  bool gap = false;
  bool discontinuity = false;
  bool has_date = false;
};

struct ToldReport {
  std::string uri;
  std::optional<int64_t> last_msn;
  std::optional<int64_t> last_part;
};

struct ToldMediaPlaylist {
  int version = 1;
  std::optional<int64_t> target_duration_s;
  int64_t media_sequence = 0;
  int64_t discontinuity_sequence = 0;
  std::optional<int64_t> skipped;
  std::optional<double> part_target_s;
  bool can_block_reload = false;
  std::optional<double> can_skip_until_s, hold_back_s, part_hold_back_s;
  std::vector<ToldSegment> segments;  // without the skipped ones
  std::string preload_hint;           // of TYPE=PART
  std::vector<ToldReport> reports;
  bool ended = false;

  int64_t first_told() const { return media_sequence + skipped.value_or(0); }
};

struct ToldVariant {
  std::string uri;
  std::optional<int64_t> bandwidth, average_bandwidth;
  std::string codecs, resolution, frame_rate, audio;
  std::string closed_captions;  // a group, NONE, or empty: not told
};
struct ToldMultivariantPlaylist {
  std::vector<ToldVariant> variants;
  // Renditions with a playlist of their own: group and URI.
  std::vector<std::pair<std::string, std::string>> sounds;
};

// Whether it has variants, and so is a multivariant one.
bool is_multivariant(std::string_view text);
Result<ToldMultivariantPlaylist> read_multivariant_playlist(std::string_view text);
Result<ToldMediaPlaylist> read_media_playlist(std::string_view text);

}  // namespace longmen::hls
