// Holds the media playlists of one multivariant playlist against each other: the same target
// duration, type and server control, dates in all or in none, the same date ranges, the same
// instant with the same discontinuity sequence number and the same media time everywhere, reports
// that come true. It knows no HTTP; instants are the caller's, in seconds of any clock that all
// renditions share. Only what dates tell for certain is judged, and only of playlists that are told
// whole. Bounds: kMaxRenditions, kMaxSpans and kMaxMappings of each. One thread. Source:
// draft-pantos-hls-rfc8216bis §4.4.5.4, §6.2.4.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/hls/check_finding.h"
#include "core/hls/date_range_agreement.h"
#include "core/hls/playlist_reader.h"

namespace longmen::hls {

class RenditionAgreement {
 public:
  static constexpr size_t kMaxRenditions = 256;
  static constexpr size_t kMaxSpans = 300;  // the newest; each is held against each
  static constexpr size_t kMaxMappings = 64;

  RenditionAgreement() = default;
  RenditionAgreement(const RenditionAgreement&) = delete;
  RenditionAgreement& operator=(const RenditionAgreement&) = delete;

  // Dates are rounded, and the first picture is not always decoded when it is shown.
  static constexpr double kTolerance_s = 0.25;

  // Of one rendition's playlist. `url` names it in its own reports and in those of others.
  struct Answer {
    std::string url;
    bool subtitles = false;
    double asked_s = 0;
    double answered_s = 0;
    bool cached = false;  // by somebody on the way, and so perhaps older: reports are not judged
    std::vector<std::string> report_urls;  // of the playlist's reports, resolved
  };
  std::vector<CheckFinding> handle_playlist(const Answer& answer,
                                            const ToldMediaPlaylist& playlist);

  // That a segment with that date begins with that media time, whose discontinuity sequence number
  // is known.
  std::vector<CheckFinding> handle_media(const std::string& url, int64_t discontinuities,
                                         double date_s, double media_s);

 private:
  struct Number {
    int64_t media_sequence = 0;
    int64_t part = -1;  // of parts that are not told, before the first
    auto operator<=>(const Number&) const = default;
  };
  struct Span {  // of one segment
    double from_s = 0, to_s = 0;
    int64_t discontinuities = 0;
  };
  struct Promise {
    Number number;
    double at_s = 0;
  };
  struct Rendition {
    bool subtitles = false;
    std::optional<int64_t> target_duration_s;
    std::string type;
    ToldAttributes server_control;
    std::optional<bool> dates;
    std::vector<Span> spans;
    std::map<int64_t, double> mappings;  // date minus media time, by discontinuity
    std::optional<Number> last;
    double last_at_s = 0;
    std::optional<Promise> promise;  // by another rendition's report
  };

  void compare_headers(const std::string& url, const Rendition& rendition);
  void compare_spans(const std::string& url, const Rendition& rendition);
  void check_promise(const std::string& url, Rendition& rendition, double asked_s);
  void take_reports(const Answer& answer, const ToldMediaPlaylist& playlist);
  static std::vector<Span> spans_of(const ToldMediaPlaylist& playlist);
  // The number of all that is there within a span; nothing: it is not told, or not for certain.
  static std::optional<int64_t> discontinuities_at(const std::vector<Span>& spans,
                                                   const Span& span);
  static Number last_of(const ToldMediaPlaylist& playlist);

  std::map<std::string, Rendition> renditions_;
  CheckFindings findings_;
  DateRangeAgreement date_ranges_{findings_};
};

}  // namespace longmen::hls
