// Reads playlists that anybody wrote, for holding them to the specification: what is told, as it is
// told, with unknown tags left aside. What makes a playlist unreadable is an error; what is merely
// wrong is for core/hls/playlist_checker.h to say. Pure.
// Bounds: kMaxPlaylistBytes; a million lines are no more than that.
// Source: draft-pantos-hls-rfc8216bis §4.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace longmen::hls {

inline constexpr size_t kMaxPlaylistBytes = 4 << 20;

// EXT-X-BYTERANGE and its like: without an offset it follows what is before it in the same
// resource.
struct ToldRange {
  int64_t length = 0;
  std::optional<int64_t> offset;  // nothing: what is before it is not told either
};

// Of a tag with a list of attributes: values without their quotes, by name.
using ToldAttributes = std::map<std::string, std::string>;

struct ToldPart {
  std::string uri;
  double duration_s = 0;
  bool independent = false;
  bool gap = false;
  std::optional<ToldRange> byte_range;
  size_t line = 0;
};

struct ToldSegment {
  int64_t media_sequence = 0;
  std::string uri;  // empty: it is not whole yet
  double duration_s = 0;
  bool has_duration = false;  // EXTINF is there
  std::vector<ToldPart> parts;
  std::optional<ToldRange> byte_range;
  std::string map_uri;  // in force; empty: none
  std::optional<ToldRange> map_range;
  std::optional<int64_t> bitrate_kbps;  // EXT-X-BITRATE, when it applies
  bool encrypted = false;               // as a whole: nothing of it can be read without the key
  bool gap = false;
  bool discontinuity = false;
  bool has_date = false;
  std::optional<double> date_s;  // since 1970, when it can be read
  size_t line = 0;               // of its URI; of its last tag while it is not whole
};

struct ToldReport {
  std::string uri;
  std::optional<int64_t> last_msn;
  std::optional<int64_t> last_part;
  size_t line = 0;
};

// EXT-X-PRELOAD-HINT of TYPE=PART.
struct ToldHint {
  std::string uri;                      // empty: there is none
  std::optional<int64_t> start;         // nothing: from the beginning
  std::optional<int64_t> length_bytes;  // nothing: to the resource's end
  size_t line = 0;
  bool operator==(const ToldHint& other) const {
    return uri == other.uri && start == other.start && length_bytes == other.length_bytes;
  }
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
  ToldHint preload_hint;
  ToldAttributes server_control;                      // EXT-X-SERVER-CONTROL
  std::map<std::string, ToldAttributes> date_ranges;  // by ID; tags of one ID are one range
  std::vector<ToldReport> reports;
  std::string type;  // EXT-X-PLAYLIST-TYPE
  bool ended = false;
  std::map<std::string, size_t> tag_lines;  // of each tag, the first

  size_t line_of(const std::string& tag) const {
    const auto found = tag_lines.find(tag);
    return found == tag_lines.end() ? 0 : found->second;
  }
  int64_t first_told() const { return media_sequence + skipped.value_or(0); }
};

struct ToldVariant {
  std::string uri;
  std::optional<int64_t> bandwidth, average_bandwidth;
  std::string codecs, supplemental_codecs, resolution, frame_rate;
  std::string audio, video, subtitles;  // groups
  std::string closed_captions;          // a group, NONE, or empty: not told
  size_t line = 0;
};
// EXT-X-MEDIA; what is not there is empty.
struct ToldRendition {
  std::string type, group, name, language, uri, default_choice, autoselect, forced, instream_id;
  size_t line = 0;
  ToldAttributes attributes;  // all of them
};
// EXT-X-SESSION-DATA.
struct ToldSessionData {
  std::string id, language;
  bool has_value = false, has_uri = false;
  size_t line = 0;
};
struct ToldMultivariantPlaylist {
  std::vector<ToldVariant> variants;
  std::vector<ToldRendition> renditions;
  std::vector<ToldSessionData> session_data;
  std::vector<size_t> without_uri;  // lines of EXT-X-STREAM-INF that no URI follows
};

// Whether it has variants, and so is a multivariant one.
bool is_multivariant(std::string_view text);
Result<ToldMultivariantPlaylist> read_multivariant_playlist(std::string_view text);
Result<ToldMediaPlaylist> read_media_playlist(std::string_view text);

}  // namespace longmen::hls
