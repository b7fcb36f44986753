// Watches one rendition of a live HLS stream: reloads its playlist as a player does, fetches every
// part (or segment) that is told, and holds playlists, answers and media against each other.
// Blocking calls on a thread of its own; findings go to a HlsReport that all threads share. Source:
// draft-pantos-hls-rfc8216bis §6.2, §6.3; ISO/IEC 14496-12 §8.8.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "cli/hls_fetch.h"
#include "core/cmaf/chunk_reader.h"
#include "core/hls/playlist_checker.h"

namespace longmen {

// Prints findings as they come, and counts. Any thread.
class HlsReport {
 public:
  void add(const std::string& rendition, const hls::CheckFinding& finding);
  void count_playlist() { ++playlists_; }
  void count_media() { ++media_; }
  void count_gap() { ++gaps_; }
  uint64_t violations() const { return violations_; }
  uint64_t advice() const { return advice_; }
  uint64_t playlists() const { return playlists_; }
  uint64_t media() const { return media_; }
  uint64_t gaps() const { return gaps_; }

 private:
  std::mutex mutex_;  // of the output
  std::atomic<uint64_t> violations_{0}, advice_{0}, playlists_{0}, media_{0}, gaps_{0};
};

class HlsRenditionCheck {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  HlsRenditionCheck(std::string name, std::string url, bool insecure, HlsReport& report);

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

  bool reload(bool blocking);
  void probe_refusals();
  void check_playlist_fields(const HlsFetched& fetched);
  void fetch_media(const hls::ToldMediaPlaylist& playlist);
  void fetch_part(const hls::ToldSegment& segment, size_t index);
  void fetch_segment(const hls::ToldSegment& segment);
  // The media of either; `part` is nothing for a whole segment.
  void check_media(const hls::ToldSegment& segment, std::optional<size_t> part, double duration_s,
                   const std::string& body);
  bool learn_track(const std::string& map_uri);
  std::optional<std::string> fetch(const std::string& uri, const std::string& what);
  void violation(std::string section, std::string words);
  void advice(std::string section, std::string words);
  void handle_failure(const std::string& words);

  std::string name_;
  std::string url_;
  HlsFetch fetch_;
  HlsReport& report_;
  hls::PlaylistChecker checker_;
  std::optional<hls::ToldMediaPlaylist> playlist_;
  std::string map_uri_;                              // of the newest segment
  std::map<std::string, cmaf::TrackHeader> tracks_;  // by EXT-X-MAP
  int64_t seen_segment_ = -1;                        // media of which is checked
  size_t seen_parts_ = 0;                            // of the segment after it
  std::optional<Next> next_;
  std::string hinted_;
  double segment_bits_ = 0;
  double peak_bitrate_ = 0;
  int failures_ = 0;
  bool probed_ = false;
};

}  // namespace longmen
