// Holds what a server says in the media playlists of one rendition against what the specification
// demands of each, of an answer to its request, and of their sequence (told_sequence.h). Each
// finding is told once. It knows no HTTP and no clock, and not who wrote the playlists.
// Bounds: those of the sequence, and the text of one playlist. Stays where it is. One thread.
// Source: draft-pantos-hls-rfc8216bis §4, §6.2.1, §6.2.2, §6.2.5, appendix B; the sections stand in
// the findings.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/hls/check_finding.h"
#include "core/hls/delivery_directives.h"
#include "core/hls/playlist_reader.h"
#include "core/hls/told_sequence.h"

namespace longmen::hls {

class PlaylistChecker {
 public:
  PlaylistChecker() = default;
  PlaylistChecker(const PlaylistChecker&) = delete;
  PlaylistChecker& operator=(const PlaylistChecker&) = delete;

  // Of the playlist as it is written, whether it can be read or not. What of the findings is new.
  std::vector<CheckFinding> handle_text(std::string_view text);
  // `asked` is what the playlist was requested with. What of the findings is new.
  std::vector<CheckFinding> handle(const ToldMediaPlaylist& playlist,
                                   const DeliveryDirectives& asked);

  const ToldSequence& sequence() const { return sequence_; }

 private:
  void violation(std::string section, std::string words, size_t line = 0) {
    findings_.violation(std::move(section), std::move(words), line);
  }
  void advice(std::string section, std::string words, size_t line = 0) {
    findings_.advice(std::move(section), std::move(words), line);
  }

  void check_header(const ToldMediaPlaylist& playlist);
  void check_server_control(const ToldMediaPlaylist& playlist);
  void check_durations(const ToldMediaPlaylist& playlist);
  void check_dates(const ToldMediaPlaylist& playlist);
  void check_parts(const ToldMediaPlaylist& playlist, const ToldSegment& segment);
  void check_end(const ToldMediaPlaylist& playlist);
  void check_reports(const ToldMediaPlaylist& playlist);
  void check_skipped(const ToldMediaPlaylist& playlist);
  void check_answer(const ToldMediaPlaylist& playlist, const DeliveryDirectives& asked);
  void check_unchanged(std::string_view text);

  CheckFindings findings_;
  ToldSequence sequence_{findings_};
  std::string vod_text_;  // as it was told first; empty: none was
};

}  // namespace longmen::hls
