// Holds what a server says in the media playlists of one rendition, one after the other, against
// what the specification demands of each and of their sequence. Each finding is told once. It knows
// no HTTP and no clock, and not who wrote the playlists.
// Bounds: kMaxRemembered segments. One thread.
// Source: draft-pantos-hls-rfc8216bis §4, §6.2.1, §6.2.2, §6.2.5, appendix B; the sections stand in
// the findings.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/hls/check_finding.h"
#include "core/hls/delivery_directives.h"
#include "core/hls/playlist_reader.h"

namespace longmen::hls {

class PlaylistChecker {
 public:
  static constexpr size_t kMaxRemembered = 10'000;

  // Of the playlist as it is written, whether it can be read or not. What of the findings is new.
  std::vector<CheckFinding> handle_text(std::string_view text);
  // `asked` is what the playlist was requested with. What of the findings is new.
  std::vector<CheckFinding> handle(const ToldMediaPlaylist& playlist,
                                   const DeliveryDirectives& asked);

  // A segment that the last playlist has no more, and that is to be had yet.
  struct Removed {
    int64_t media_sequence = 0;
    std::string uri;
    std::optional<ToldRange> byte_range;
    double available_s = 0;  // from its removal on, at least: §6.2.2
  };
  // The newest one of the last playlist; nothing: none was removed, or it was a gap.
  const std::optional<Removed>& removed() const { return removed_; }
  // Of segments up to this one the server, started again, knows nothing any more; -1: it was not.
  int64_t forgotten_until() const { return forgotten_until_; }
  // Of a segment that was told; nothing: it is too old, or the number is not known for certain.
  std::optional<int64_t> discontinuities_of(int64_t media_sequence) const;

 private:
  // Of a segment that was told; what stays true of it.
  struct Known {
    std::string uri;
    double duration_s = 0;
    bool gap = false;
    std::optional<ToldRange> byte_range;
    // Before it; nothing: all that told of it left out what is before.
    std::optional<int64_t> discontinuities;
    std::vector<std::string> part_uris;
    std::set<size_t> gaps;
  };

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
  void check_sequence(const ToldMediaPlaylist& playlist);
  void check_same(const ToldSegment& segment, const Known& known,
                  std::optional<int64_t> discontinuities);
  void check_removal(const ToldMediaPlaylist& playlist);
  void note_removed(const ToldMediaPlaylist& playlist);
  // Before the first segment that is told.
  std::optional<int64_t> discontinuities_before(const ToldMediaPlaylist& playlist) const;
  void remember(const ToldMediaPlaylist& playlist);

  std::map<int64_t, Known> known_;
  std::optional<int64_t> media_sequence_;
  int64_t discontinuity_sequence_ = 0;
  std::optional<int64_t> target_duration_s_;
  std::optional<Removed> removed_;
  int64_t forgotten_until_ = -1;
  CheckFindings findings_;
};

}  // namespace longmen::hls
