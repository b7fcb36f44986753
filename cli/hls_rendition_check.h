// Watches one rendition of a HLS stream: reloads its playlist as a player does, has its media
// fetched (hls_media_check.h), and holds playlists and answers against each other, and against
// other renditions'. Blocking calls on a thread of its own; findings go to a HlsReport that all
// threads share. Source: draft-pantos-hls-rfc8216bis §6.2, §6.3.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>

#include "cli/hls_media_check.h"
#include "core/hls/playlist_checker.h"
#include "core/hls/playlist_variables.h"
#include "core/hls/update_pace.h"

namespace longmen {

class HlsRenditionCheck {
 public:
  using Deadline = HlsMediaCheck::Deadline;
  using Of = HlsMediaCheck::Of;

  // `imported` are the multivariant playlist's; null: there is none.
  HlsRenditionCheck(Of of, std::string url, const HlsAccess& access,
                    const hls::PlaylistVariables* imported, HlsReport& report);

  // Returns at `until`, or when the playlist has ended or cannot be had.
  void run(Deadline until);
  const hls::ReadMedia& read() const { return media_.read(); }

 private:
  // What has left the playlist, and when it is looked for.
  struct Left {
    hls::ToldSequence::Removed what;
    std::string name;
    Deadline look_at;
    Deadline until;  // it is to be had
  };

  bool reload();
  hls::DeliveryDirectives directives() const;
  // Of a playlist that is asked for like that; a server that refuses delta updates is told so, and
  // is not asked for them again.
  std::optional<HlsFetched> fetch_playlist(hls::DeliveryDirectives& asked);
  bool read_playlist(const HlsFetched& fetched, const hls::DeliveryDirectives& asked,
                     Deadline began);
  // The tags of the segments that a delta update leaves out hold on.
  void complete(hls::ToldMediaPlaylist& playlist);
  bool go_on_until(Deadline until);
  void probe_refusals();
  void check_playlist_fields(const HlsFetched& fetched);
  void note_left(std::optional<Left>& left, const hls::ToldSequence::Removed& removed,
                 std::string name, Deadline had_at);
  void look_for_left(bool at_once);
  void compare(const HlsFetched& fetched, Deadline asked);
  void violation(std::string section, std::string words, size_t line = 0);
  void advice(std::string section, std::string words, size_t line = 0);
  void report(const std::vector<hls::CheckFinding>& findings);
  void handle_failure(const std::string& words);

  Of of_;
  std::string url_;
  HlsFetch fetch_;
  const hls::PlaylistVariables* imported_;
  HlsReport& report_;
  hls::CheckFindings findings_;
  hls::PlaylistChecker checker_;
  hls::UpdatePace pace_;
  HlsMediaCheck media_;
  std::optional<hls::ToldMediaPlaylist> playlist_;
  hls::ToldSegment newest_;                  // of the last playlist: what holds on
  std::array<std::optional<Left>, 2> left_;  // a segment, a part
  Deadline asked_at_{};                      // for the last playlist
  int failures_ = 0;
  bool probed_ = false;
  bool skip_refused_ = false;
  bool seen_ended_ = false;
};

}  // namespace longmen
