// Watches one rendition of a live HLS stream: reloads its playlist as a player does, fetches every
// part (or segment) that is told, and holds playlists, answers and media against each other, and
// against other renditions'. Of subtitles it looks at whether they are there, and WebVTT.
// Blocking calls on a thread of its own; findings go to a HlsReport that all threads share. Source:
// draft-pantos-hls-rfc8216bis §6.2, §6.3; ISO/IEC 14496-12 §8.8.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "cli/hls_fetch.h"
#include "cli/hls_report.h"
#include "core/cmaf/chunk_reader.h"
#include "core/hls/playlist_checker.h"

namespace longmen {

class HlsRenditionCheck {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  enum class Of { kMedia, kSubtitles };

  HlsRenditionCheck(Of of, std::string url, bool insecure, HlsReport& report);

  // Returns at `until`, or when the playlist has ended or cannot be had.
  void run(Deadline until);
  // Bits a second of the largest segment so far, its init segment left out.
  double peak_bitrate() const { return peak_bitrate_; }

 private:
  struct Next {
    uint64_t decode_time = 0;
    int64_t media_sequence = 0;
    size_t part = 0;
  };
  // A segment that has left the playlist, and when it is looked for.
  struct Left {
    hls::PlaylistChecker::Removed segment;
    Deadline look_at;
    Deadline until;  // it is to be had
  };

  bool reload(bool blocking);
  void probe_refusals();
  void check_playlist_fields(const HlsFetched& fetched);
  void fetch_media(const hls::ToldMediaPlaylist& playlist);
  void fetch_part(const hls::ToldSegment& segment, size_t index);
  void fetch_segment(const hls::ToldSegment& segment);
  void note_left(Deadline had_at);
  void look_for_left(bool at_once);
  void compare(const HlsFetched& fetched, Deadline asked);
  void compare_date(const hls::ToldSegment& segment, std::optional<size_t> part, double media_s);
  void check_subtitles(const hls::ToldSegment& segment, const std::string& body);
  // The media of either; `part` is nothing for a whole segment.
  void check_media(const hls::ToldSegment& segment, std::optional<size_t> part, double duration_s,
                   const std::string& body);
  bool learn_track(const hls::ToldSegment& segment);
  std::optional<std::string> fetch(const std::string& uri,
                                   const std::optional<hls::ToldRange>& range,
                                   const std::string& what, size_t line = 0);
  void violation(std::string section, std::string words, size_t line = 0);
  void advice(std::string section, std::string words, size_t line = 0);
  void handle_failure(const std::string& words);

  Of of_;
  std::string url_;
  HlsFetch fetch_;
  HlsReport& report_;
  hls::PlaylistChecker checker_;
  std::optional<hls::ToldMediaPlaylist> playlist_;
  std::string map_uri_;  // of the newest segment
  std::optional<hls::ToldRange> map_range_;
  std::map<std::string, cmaf::TrackHeader> tracks_;  // by EXT-X-MAP
  int64_t seen_segment_ = -1;                        // media of which is checked
  size_t seen_parts_ = 0;                            // of the segment after it
  std::optional<Next> next_;
  std::string hinted_;
  std::optional<Left> left_;
  Deadline asked_at_{};  // for the last playlist
  double segment_bits_ = 0;
  double peak_bitrate_ = 0;
  int failures_ = 0;
  bool probed_ = false;
};

}  // namespace longmen
