#include "core/hls/variant_media_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "core/http/fields.h"

namespace longmen::hls {
namespace {

constexpr const char* kOfAverageOfVod = "Apple 1.26";
constexpr const char* kOfPeakOfVod = "Apple 1.27";
constexpr const char* kOfAverageOfLive = "Apple 1.28";
constexpr double kWithin = 0.1;
constexpr double kLongRun_s = 3600;  // "over a long (~1 hour) period of time"
constexpr double kShortRun_s = 30;   // of less nothing is said

bool belongs_to(const ToldRendition& rendition, const ToldVariant& variant) {
  for (const auto& [type, group] :
       {std::pair("AUDIO", &variant.audio), std::pair("VIDEO", &variant.video),
        std::pair("SUBTITLES", &variant.subtitles)}) {
    if (rendition.type == type && !group->empty() && rendition.group == *group) return true;
  }
  return false;
}

// Of "avc1.64001f, mp4a.40.2" and of "dvh1.08.07/db4h": up to the first dot.
bool names_format(std::string_view codecs, std::string_view format) {
  while (!codecs.empty()) {
    const std::string_view each = codecs.substr(0, codecs.find(','));
    codecs.remove_prefix(std::min(codecs.size(), each.size() + 1));
    const std::string_view codec = trim_spaces(each);
    if (equal_ignoring_case(codec.substr(0, codec.find_first_of("./")), format)) return true;
  }
  return false;
}

void check_codecs(const ToldVariant& variant, const ToldMultivariantPlaylist& playlist,
                  const ReadMediaByUri& media, CheckFindings& findings) {
  if (variant.codecs.empty()) return;
  const auto check = [&](const std::string& uri) {
    const auto found = media.find(uri);
    if (found == media.end()) return;
    for (const std::string& format : found->second.formats) {
      if (!names_format(variant.codecs, format) &&
          !names_format(variant.supplemental_codecs, format))
        findings.violation("6.2.4",
                           fmt::format("the media of {} are {}, and the CODECS \"{}\" of {} have "
                                       "no such format",
                                       uri, format, variant.codecs, variant.uri),
                           variant.line);
    }
  };
  check(variant.uri);
  for (const ToldRendition& rendition : playlist.renditions) {
    if (belongs_to(rendition, variant)) check(rendition.uri);
  }
}

void check_average(const ToldVariant& variant, const NeededBandwidth& needed,
                   CheckFindings& findings) {
  if (!variant.average_bandwidth || needed.average <= 0) return;
  const double told = static_cast<double>(*variant.average_bandwidth);
  const std::string words =
      fmt::format("{} has AVERAGE-BANDWIDTH {}, and its segments have {:.0f} bit/s", variant.uri,
                  *variant.average_bandwidth, needed.average);
  const bool more = needed.average > (1 + kWithin) * told;
  const bool less = needed.average < (1 - kWithin) * told;
  if (needed.all && (more || less))
    findings.violation(kOfAverageOfVod, words, variant.line);
  else if (more && needed.least_s >= kLongRun_s)
    findings.violation(kOfAverageOfLive, words, variant.line);
  else if (more && needed.least_s >= kShortRun_s)
    findings.advice(kOfAverageOfLive, fmt::format("{} in {:.0f} s", words, needed.least_s),
                    variant.line);
}

void check_peak(const ToldVariant& variant, const NeededBandwidth& needed,
                CheckFindings& findings) {
  if (!variant.bandwidth) return;
  const double told = static_cast<double>(*variant.bandwidth);
  const std::string words = fmt::format("{} has BANDWIDTH {}, and needs {:.0f} bit/s", variant.uri,
                                        *variant.bandwidth, needed.peak);
  if (needed.peak > told)
    findings.violation("4.4.6.2.1", words, variant.line);
  else if (needed.all && needed.peak > 0 && needed.peak < (1 - kWithin) * told)
    findings.violation(kOfPeakOfVod, words, variant.line);
}

}  // namespace

NeededBandwidth needed_by(const ToldVariant& variant, const ToldMultivariantPlaylist& playlist,
                          const ReadMediaByUri& media) {
  NeededBandwidth needed;
  needed.least_s = std::numeric_limits<double>::max();
  struct Largest {
    double peak = 0, average = 0;
  };
  std::map<std::string, Largest> largest;  // by type
  const auto take = [&](const std::string& uri, const std::string& type) {
    const auto found = media.find(uri);
    if (found == media.end()) return;
    const SegmentBitRates& rates = found->second.rates;
    Largest& of_type = largest[type];
    of_type.peak = std::max(of_type.peak, rates.peak());
    of_type.average = std::max(of_type.average, rates.average());
    needed.least_s = std::min(needed.least_s, rates.duration_s());
    needed.all = needed.all && found->second.all;
  };
  // An alternative of video is played in the place of the variant's own playlist.
  take(variant.uri, "VIDEO");
  for (const ToldRendition& rendition : playlist.renditions) {
    if (rendition.uri != variant.uri && belongs_to(rendition, variant))
      take(rendition.uri, rendition.type);
  }
  for (const auto& [type, of_type] : largest) {
    needed.peak += of_type.peak;
    needed.average += of_type.average;
  }
  needed.all = needed.all && !largest.empty();
  if (largest.empty()) needed.least_s = 0;
  return needed;
}

void check_variant_media(const ToldMultivariantPlaylist& playlist, const ReadMediaByUri& media,
                         CheckFindings& findings) {
  for (const ToldVariant& variant : playlist.variants) {
    const NeededBandwidth needed = needed_by(variant, playlist, media);
    check_peak(variant, needed, findings);
    check_average(variant, needed, findings);
    check_codecs(variant, playlist, media, findings);
  }
}

}  // namespace longmen::hls
