// Holds what a multivariant playlist says of its variants against their media, as far as it was
// read: BANDWIDTH and AVERAGE-BANDWIDTH against segment bit rates, CODECS against sample formats. A
// variant needs what its playlist and the largest rendition of each of its groups need. Pure.
// Source: draft-pantos-hls-rfc8216bis §4.4.6.2, §4.4.6.2.1, §6.2.4; Apple's HLS Authoring
// Specification 1.26 to 1.28.
#pragma once

#include <map>
#include <set>
#include <string>

#include "core/hls/check_finding.h"
#include "core/hls/playlist_reader.h"
#include "core/hls/segment_bit_rates.h"

namespace longmen::hls {

struct ReadMedia {
  SegmentBitRates rates;
  bool all = false;               // of a playlist that has ended, every segment
  std::set<std::string> formats;  // of samples: "avc1", "mp4a"
};
// By the URI in the multivariant playlist.
using ReadMediaByUri = std::map<std::string, ReadMedia>;

struct NeededBandwidth {
  double peak = 0, average = 0;  // bits a second
  double least_s = 0;            // of the media that it is of
  bool all = true;
};
NeededBandwidth needed_by(const ToldVariant& variant, const ToldMultivariantPlaylist& playlist,
                          const ReadMediaByUri& media);

void check_variant_media(const ToldMultivariantPlaylist& playlist, const ReadMediaByUri& media,
                         CheckFindings& findings);

}  // namespace longmen::hls
