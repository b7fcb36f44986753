// What `longmen check-hls` finds, of all renditions: printed as it comes, and counted; and what
// renditions are held against each other by. Any thread.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "core/hls/rendition_agreement.h"

namespace longmen {

class HlsReport {
 public:
  // Of a playlist, or of what is told in it.
  void add(const std::string& url, const hls::CheckFinding& finding);
  void handle_playlist(const hls::RenditionAgreement::Answer& answer,
                       const hls::ToldMediaPlaylist& playlist);
  void handle_media(const std::string& url, int64_t discontinuities, double date_s, double media_s);
  void count_playlist() { ++playlists_; }
  void count_media() { ++media_; }
  void count_gap() { ++gaps_; }
  uint64_t violations() const { return violations_; }
  uint64_t advice() const { return advice_; }
  uint64_t playlists() const { return playlists_; }
  uint64_t media() const { return media_; }
  uint64_t gaps() const { return gaps_; }

 private:
  std::mutex mutex_;            // of the output
  std::mutex agreement_mutex_;  // of
  hls::RenditionAgreement agreement_;
  std::atomic<uint64_t> violations_{0}, advice_{0}, playlists_{0}, media_{0}, gaps_{0};
};

}  // namespace longmen
