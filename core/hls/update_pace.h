// Whether a live playlist grows as fast as it must: a new segment within 1.5 target durations of
// the last one, a new part within a part target of the last one. A client sees a playlist only when
// it asks, so what is told late is what is late for certain: how long nothing new was there between
// two looks, or how long a request for the next part was held; and a second is the network's. Who
// is always late is told so once, and again when it gets much worse. It knows no clock: instants
// are the caller's, in seconds. One thread. Source: draft-pantos-hls-rfc8216bis §6.2.1.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/hls/check_finding.h"
#include "core/hls/playlist_reader.h"

namespace longmen::hls {

class UpdatePace {
 public:
  static constexpr double kTolerance_s = 1;

  struct Look {
    double asked_s = 0;
    double answered_s = 0;
    double age_s = 0;       // for how long a cache had the answer
    bool blocking = false;  // the request was to be answered with what was not there before
  };
  std::vector<CheckFinding> handle(const Look& look, const ToldMediaPlaylist& playlist);
  // The server was away: when the playlist was updated last is not known.
  void forget();

 private:
  using Number = std::pair<int64_t, int64_t>;  // of a segment, and how many of its parts are there
  struct Newest {
    Number number;
    double seen_s = 0;
  };
  struct Rule {
    const char* what;
    std::optional<Newest> newest{};
    double worst_s = 0;  // told
  };
  void check(Rule& rule, const Look& look, Number number, double limit_s);

  Rule segments_{"segment"};
  Rule parts_{"part"};
  CheckFindings findings_;
};

}  // namespace longmen::hls
