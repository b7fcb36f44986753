// Holds what a server says in the media playlists of one rendition, one after the other, against
// what the specification demands of each and of their sequence. Each finding is told once. It knows
// no HTTP and no clock, and not who wrote the playlists.
// Bounds: kMaxRemembered segments. One thread.
// Source: draft-pantos-hls-rfc8216bis §4.4, §6.2.1, §6.2.2, §6.2.5, appendix B; the sections stand
// in the findings.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/hls/delivery_directives.h"
#include "core/hls/playlist_reader.h"

namespace longmen::hls {

struct CheckFinding {
  enum class Weight { kViolation, kAdvice };  // MUST, SHOULD
  Weight weight = Weight::kViolation;
  std::string section;
  std::string words;
};

class PlaylistChecker {
 public:
  static constexpr size_t kMaxRemembered = 10'000;

  // `asked` is what the playlist was requested with. What of the findings is new.
  std::vector<CheckFinding> handle(const ToldMediaPlaylist& playlist,
                                   const DeliveryDirectives& asked);

 private:
  // Of a segment that was told; what stays true of it.
  struct Known {
    std::string uri;
    double duration_s = 0;
    int64_t discontinuities = 0;  // before it
    std::vector<std::string> part_uris;
    std::set<size_t> gaps;
  };

  void violation(std::string section, std::string words);
  void advice(std::string section, std::string words);
  void tell(CheckFinding::Weight weight, std::string section, std::string words);

  void check_header(const ToldMediaPlaylist& playlist);
  void check_server_control(const ToldMediaPlaylist& playlist);
  void check_durations(const ToldMediaPlaylist& playlist);
  void check_parts(const ToldMediaPlaylist& playlist, const ToldSegment& segment);
  void check_end(const ToldMediaPlaylist& playlist);
  void check_answer(const ToldMediaPlaylist& playlist, const DeliveryDirectives& asked);
  void check_sequence(const ToldMediaPlaylist& playlist);
  void check_same(const ToldSegment& segment, const Known& known, int64_t discontinuities);
  void check_removal(const ToldMediaPlaylist& playlist);
  void remember(const ToldMediaPlaylist& playlist);

  std::map<int64_t, Known> known_;
  std::optional<int64_t> media_sequence_;
  int64_t discontinuity_sequence_ = 0;
  std::optional<int64_t> target_duration_s_;
  std::set<std::string> told_;
  std::vector<CheckFinding> findings_;
};

}  // namespace longmen::hls
