// Holds the date ranges of the renditions of one presentation against each other: where there are
// any, they are the same, with the same attributes. Playlists are not fetched at one instant, so a
// range is missing only when it was not there before and after another rendition told it, some time
// apart; attributes that one has more may be on the way likewise. It knows no HTTP; instants are
// the caller's, in seconds. Bounds: kMaxRenditions, kMaxRanges of each. One thread.
// Source: draft-pantos-hls-rfc8216bis §6.2.4.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "core/hls/check_finding.h"
#include "core/hls/playlist_reader.h"

namespace longmen::hls {

class DateRangeAgreement {
 public:
  static constexpr size_t kMaxRenditions = 256;
  static constexpr size_t kMaxRanges = 1000;
  static constexpr double kTargetsApart = 2;

  explicit DateRangeAgreement(CheckFindings& findings) : findings_(findings) {}

  void handle(const std::string& url, double asked_s, const ToldMediaPlaylist& playlist);

 private:
  struct Rendition {
    std::map<std::string, ToldAttributes> ranges;
    double asked_s = 0;
    std::map<std::pair<std::string, std::string>, double> missing;  // other's URL, ID; since when
  };
  void compare(const std::string& url, Rendition& rendition, const std::string& other_url,
               const Rendition& other, double apart_s);

  std::map<std::string, Rendition> renditions_;
  CheckFindings& findings_;
};

}  // namespace longmen::hls
