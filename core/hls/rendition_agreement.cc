#include "core/hls/rendition_agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace longmen::hls {
namespace {

constexpr const char* kBetweenVariants = "6.2.4";
constexpr double kPromiseTargets = 3;  // after which what was reported is there
constexpr int64_t kStaleSegments = 3;

std::string in_words(const ToldAttributes& attributes) {
  std::string words;
  for (const auto& [name, value] : attributes)
    words += fmt::format("{}{}={}", words.empty() ? "" : ",", name, value);
  return words;
}

}  // namespace

std::vector<CheckFinding> RenditionAgreement::handle_playlist(const Answer& answer,
                                                              const ToldMediaPlaylist& playlist) {
  if (renditions_.size() >= kMaxRenditions && !renditions_.contains(answer.url)) return {};
  Rendition& rendition = renditions_[answer.url];
  rendition.subtitles = answer.subtitles;
  rendition.target_duration_s = playlist.target_duration_s;
  rendition.type = playlist.type;
  rendition.server_control = playlist.server_control;
  if (!playlist.skipped && !playlist.segments.empty()) {
    rendition.dates = rendition.dates.value_or(false) ||
                      std::ranges::any_of(playlist.segments, &ToldSegment::has_date);
    rendition.spans = spans_of(playlist);
    compare_spans(answer.url, rendition);
  }
  compare_headers(answer.url, rendition);
  date_ranges_.handle(answer.url, answer.asked_s, playlist);
  if (!playlist.segments.empty()) {
    rendition.last = last_of(playlist);
    rendition.last_at_s = answer.answered_s;
    if (!answer.cached) check_promise(answer.url, rendition, answer.asked_s);
    if (!answer.cached && !playlist.ended) take_reports(answer, playlist);
  }
  return findings_.take();
}

void RenditionAgreement::compare_headers(const std::string& url, const Rendition& rendition) {
  const auto may_differ = [](const Rendition& one) { return one.subtitles && one.type == "VOD"; };
  for (const auto& [other_url, other] : renditions_) {
    if (&other == &rendition) continue;
    if (rendition.target_duration_s && other.target_duration_s && !may_differ(rendition) &&
        !may_differ(other) && *rendition.target_duration_s != *other.target_duration_s)
      findings_.violation(
          kBetweenVariants,
          fmt::format("EXT-X-TARGETDURATION is {}, and in {} it is {}",
                      *rendition.target_duration_s, other_url, *other.target_duration_s));
    if (other.target_duration_s && rendition.type != other.type)
      findings_.violation(kBetweenVariants,
                          fmt::format("EXT-X-PLAYLIST-TYPE is \"{}\", and in {} it is \"{}\"",
                                      rendition.type, other_url, other.type));
    if (other.target_duration_s && rendition.server_control != other.server_control)
      findings_.violation(kBetweenVariants,
                          fmt::format("EXT-X-SERVER-CONTROL is \"{}\", and in {} it is \"{}\"",
                                      in_words(rendition.server_control), other_url,
                                      in_words(other.server_control)));
    if (rendition.dates && other.dates && *rendition.dates != *other.dates)
      findings_.violation(
          kBetweenVariants,
          fmt::format("there is EXT-X-PROGRAM-DATE-TIME in {}, and none in {}",
                      *rendition.dates ? url : other_url, *rendition.dates ? other_url : url));
  }
}

// ---- discontinuities

std::vector<RenditionAgreement::Span> RenditionAgreement::spans_of(
    const ToldMediaPlaylist& playlist) {
  std::vector<Span> spans;
  int64_t discontinuities = playlist.discontinuity_sequence;
  std::optional<double> date;  // of the segment, as far as dates tell
  for (const ToldSegment& segment : playlist.segments) {
    discontinuities += segment.discontinuity;
    if (segment.discontinuity) date.reset();
    if (segment.has_date) date = segment.date_s;
    if (segment.uri.empty()) break;
    if (date) spans.push_back({*date, *date + segment.duration_s, discontinuities});
    if (date) *date += segment.duration_s;
  }
  if (spans.size() > kMaxSpans) spans.erase(spans.begin(), spans.end() - kMaxSpans);
  return spans;
}

std::optional<int64_t> RenditionAgreement::discontinuities_at(const std::vector<Span>& spans,
                                                              const Span& span) {
  std::optional<int64_t> found;
  double covered_s = 0;
  for (const Span& each : spans) {
    const double both_s = std::min(each.to_s, span.to_s) - std::max(each.from_s, span.from_s);
    if (both_s <= 0) continue;
    covered_s += both_s;
    if (both_s <= kTolerance_s) continue;
    if (found && *found != each.discontinuities) return {};
    found = each.discontinuities;
  }
  const double length_s = span.to_s - span.from_s;
  return std::abs(covered_s - length_s) <= kTolerance_s && length_s > 2 * kTolerance_s
             ? found
             : std::nullopt;
}

void RenditionAgreement::compare_spans(const std::string& url, const Rendition& rendition) {
  for (const auto& [other_url, other] : renditions_) {
    if (&other == &rendition || other.spans.empty()) continue;
    for (const Span& span : rendition.spans) {
      if (span.to_s <= other.spans.front().from_s) continue;
      const auto here = discontinuities_at(rendition.spans, span);
      const auto there = discontinuities_at(other.spans, span);
      if (!here || !there || *here == *there) continue;
      findings_.violation(kBetweenVariants,
                          fmt::format("the discontinuity sequence number of {} is {} where that "
                                      "of {} is {}",
                                      url, *here, other_url, *there));
      break;
    }
  }
}

// ---- media time

std::vector<CheckFinding> RenditionAgreement::handle_media(const std::string& url,
                                                           int64_t discontinuities, double date_s,
                                                           double media_s) {
  const auto found = renditions_.find(url);
  if (found == renditions_.end()) return {};
  Rendition& rendition = found->second;
  const double mapping = date_s - media_s;
  const auto [known, is_new] = rendition.mappings.emplace(discontinuities, mapping);
  if (!is_new && std::abs(known->second - mapping) > kTolerance_s)
    findings_.advice("4.4.4.6", fmt::format("dates have moved by {:.3f} s against the media's time",
                                            mapping - known->second));
  if (rendition.mappings.size() > kMaxMappings)
    rendition.mappings.erase(rendition.mappings.begin());
  for (const auto& [other_url, other] : renditions_) {
    const auto theirs = other.mappings.find(discontinuities);
    if (&other == &rendition || theirs == other.mappings.end() || !is_new) continue;
    if (std::abs(theirs->second - mapping) > kTolerance_s)
      findings_.violation(kBetweenVariants,
                          fmt::format("the media of one date are {:.3f} s later in {} than in {}",
                                      theirs->second - mapping, url, other_url));
  }
  return findings_.take();
}

// ---- reports

RenditionAgreement::Number RenditionAgreement::last_of(const ToldMediaPlaylist& playlist) {
  const ToldSegment& last = playlist.segments.back();
  const bool whole = !last.uri.empty();
  return {last.media_sequence, whole ? std::numeric_limits<int64_t>::max()
                                     : static_cast<int64_t>(last.parts.size()) - 1};
}

// A report is of the instant at which it was written, a cache may answer with an older playlist,
// and what is reported must be there some time after.
void RenditionAgreement::check_promise(const std::string& url, Rendition& rendition,
                                       double asked_s) {
  if (!rendition.promise) return;
  const Number& promised = rendition.promise->number;
  const double target_s = static_cast<double>(rendition.target_duration_s.value_or(1));
  if (*rendition.last >= promised) return rendition.promise.reset();
  if (asked_s < rendition.promise->at_s + kPromiseTargets * target_s) return;
  findings_.violation("4.4.5.4",
                      fmt::format("segment {} of {} was reported to be there, and is not",
                                  promised.media_sequence, url));
  rendition.promise.reset();
}

void RenditionAgreement::take_reports(const Answer& answer, const ToldMediaPlaylist& playlist) {
  for (size_t i = 0; i < std::min(playlist.reports.size(), answer.report_urls.size()); ++i) {
    const ToldReport& report = playlist.reports[i];
    const auto found = renditions_.find(answer.report_urls[i]);
    if (found == renditions_.end() || answer.report_urls[i] == answer.url) continue;
    Rendition& other = found->second;
    // What is left out is as it is in the playlist itself.
    const Number own = last_of(playlist);
    const Number reported{report.last_msn.value_or(own.media_sequence),
                          report.last_part.value_or(-1)};
    if (!other.promise && (!other.last || reported > *other.last))
      other.promise = Promise{reported, answer.answered_s};
    if (other.last && other.last_at_s < answer.asked_s &&
        reported.media_sequence + kStaleSegments < other.last->media_sequence)
      findings_.advice(
          "4.4.5.4",
          fmt::format("{} is reported to be at segment {}, and was at {} before",
                      answer.report_urls[i], reported.media_sequence, other.last->media_sequence),
          report.line);
  }
}

}  // namespace longmen::hls
