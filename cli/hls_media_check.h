// Fetches what the playlists of one rendition tell, once each: parts, or segments where there are
// none, init segments, and now and then a part while it is only hinted; and holds the media against
// what is told of them. Of subtitles it looks at whether they are there, and WebVTT; what is
// encrypted as a whole is only fetched. Blocking calls on its rendition's thread; findings go to a
// HlsReport. Source: draft-pantos-hls-rfc8216bis §3.1, §4.4.4, §6.2.1, §6.2.6; ISO/IEC 14496-12
// §8.8.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "cli/hls_fetch.h"
#include "cli/hls_report.h"
#include "core/cmaf/chunk_reader.h"
#include "core/hls/preload_hint_rules.h"
#include "core/hls/told_sequence.h"
#include "core/hls/variant_media_rules.h"

namespace longmen {

class HlsMediaCheck {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  enum class Of { kMedia, kSubtitles };

  HlsMediaCheck(Of of, std::string url, const HlsAccess& access, const hls::ToldSequence& sequence,
                HlsReport& report);

  // Of a live playlist what is new, from its end on; of one that has ended everything. Returns at
  // `until` at the latest, but for one request.
  void handle_playlist(const hls::ToldMediaPlaylist& playlist, Deadline until);
  // One in so many hints. The request is held until the part is there.
  void ask_for_hint(const hls::ToldMediaPlaylist& playlist);
  // What was read so far.
  const hls::ReadMedia& read() const { return read_; }

 private:
  struct Next {
    uint64_t decode_time = 0;
  };

  void start_at(const hls::ToldMediaPlaylist& playlist);
  void fetch_part(const hls::ToldSegment& segment, size_t index);
  void fetch_segment(const hls::ToldSegment& segment);
  void end_segment(const hls::ToldSegment& segment, double target_duration_s);
  void compare_whole(const hls::ToldSegment& segment);
  void follow_hint(const hls::ToldMediaPlaylist& playlist);
  void compare_date(const hls::ToldSegment& segment, std::optional<size_t> part, double media_s);
  void check_subtitles(const hls::ToldSegment& segment, const std::string& body);
  // The media of either; `part` is nothing for a whole segment.
  void check_media(const hls::ToldSegment& segment, std::optional<size_t> part, double duration_s,
                   const std::string& body);
  bool learn_track(const hls::ToldSegment& segment);
  // It is not there, or not read: what comes next does not follow it.
  void miss();
  std::optional<std::string> fetch(const std::string& uri,
                                   const std::optional<hls::ToldRange>& range,
                                   const std::string& what, size_t line = 0);
  void violation(std::string section, std::string words, size_t line = 0);
  void advice(std::string section, std::string words, size_t line = 0);
  void report_findings();

  Of of_;
  std::string url_;  // of the playlist
  HlsFetch fetch_;
  const hls::ToldSequence& sequence_;
  HlsReport& report_;
  hls::CheckFindings findings_;
  hls::PreloadHintRules hints_{findings_};
  std::map<std::string, cmaf::TrackHeader> tracks_;  // by EXT-X-MAP
  hls::ReadMedia read_;
  int64_t seen_segment_ = -1;  // media of which is checked
  size_t seen_parts_ = 0;      // of the segment after it
  double segment_bits_ = 0;    // of those
  bool segment_whole_ = true;  // nothing of it was missed
  bool all_read_ = true;
  std::optional<Next> next_;
  hls::ToldHint hinted_;
  uint64_t hints_seen_ = 0;
};

// "0-99"; empty: all, or it is not known which.
std::string range_of(const std::optional<hls::ToldRange>& range);

}  // namespace longmen
