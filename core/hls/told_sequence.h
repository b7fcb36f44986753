// What the media playlists of one rendition told, one after the other, held against what may change
// of it: segments come at the end and go at the beginning, tags of parts and of metadata go, and
// all else stays as it was told. Also what has gone lately and has to be had yet. It knows no HTTP
// and no clock. Bounds: kMaxRemembered segments, kMaxDateRanges. One thread. Source:
// draft-pantos-hls-rfc8216bis §4.4.3.2 to §4.4.3.5, §4.4.5.1, §6.2.1, §6.2.2.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/hls/check_finding.h"
#include "core/hls/playlist_reader.h"

namespace longmen::hls {

class ToldSequence {
 public:
  static constexpr size_t kMaxRemembered = 10'000;
  static constexpr size_t kMaxDateRanges = 10'000;

  explicit ToldSequence(CheckFindings& findings) : findings_(findings) {}

  void handle(const ToldMediaPlaylist& playlist);

  // What the last playlist tells no more, and what is to be had yet.
  struct Removed {
    int64_t media_sequence = 0;
    std::string uri;
    std::optional<ToldRange> byte_range;
    double available_s = 0;  // from its removal on, at least: §6.2.2
  };
  // The newest segment; nothing: none was removed, or it was a gap.
  const std::optional<Removed>& removed() const { return removed_; }
  // The newest part of a segment that has no EXT-X-PART any more; nothing as above.
  const std::optional<Removed>& removed_part() const { return removed_part_; }
  // Of segments up to this one the server, started again, knows nothing any more; -1: it was not.
  int64_t forgotten_until() const { return forgotten_until_; }
  // Of a segment that was told; nothing: it is too old, or the number is not known for certain.
  std::optional<int64_t> discontinuities_of(int64_t media_sequence) const;

 private:
  struct KnownPart {
    std::string uri;
    std::optional<ToldRange> byte_range;
    bool gap = false;
  };
  // Of a segment that was told; what stays true of it.
  struct Known {
    std::string uri;
    double duration_s = 0;
    bool gap = false;
    std::optional<ToldRange> byte_range;
    // Nothing: all that told of it left out what is before.
    std::optional<std::pair<std::string, std::optional<ToldRange>>> map;
    std::optional<int64_t> discontinuities;  // before it
    bool has_date = false;
    std::optional<double> date_s;
    std::vector<KnownPart> parts;
    bool parts_gone = false;  // from the playlist
  };

  void violation(std::string section, std::string words, size_t line = 0) {
    findings_.violation(std::move(section), std::move(words), line);
  }
  void check_numbers(const ToldMediaPlaylist& playlist);
  void check_end(const ToldMediaPlaylist& playlist);
  void check_same(const ToldSegment& segment, const Known& known, bool map_known,
                  std::optional<int64_t> discontinuities);
  void check_same_date(const ToldSegment& segment, const Known& known);
  void check_same_parts(const ToldSegment& segment, const Known& known);
  void check_removal(const ToldMediaPlaylist& playlist);
  void check_date_ranges(const ToldMediaPlaylist& playlist);
  void note_removed(const ToldMediaPlaylist& playlist);
  void note_removed_parts(const ToldMediaPlaylist& playlist);
  // Before the first segment that is told.
  std::optional<int64_t> discontinuities_before(const ToldMediaPlaylist& playlist) const;
  void remember(const ToldMediaPlaylist& playlist);
  static void remember(const ToldSegment& segment, Known& known);

  CheckFindings& findings_;
  std::map<int64_t, Known> known_;
  std::map<std::string, ToldAttributes> date_ranges_;
  std::optional<int64_t> media_sequence_;
  int64_t discontinuity_sequence_ = 0;
  std::optional<int64_t> target_duration_s_;
  bool ended_ = false;
  bool dates_come_and_go_ = false;  // and it is told
  std::optional<Removed> removed_, removed_part_;
  int64_t forgotten_until_ = -1;
};

}  // namespace longmen::hls
