#include "cli/hls_media_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace longmen {
namespace {

constexpr double kTolerance_s = 0.02;  // a frame's share that a playlist's decimals may hide
constexpr int64_t kSegmentsPerWhole = 10;
constexpr uint64_t kHintsPerRequest = 8;
constexpr std::string_view kToTheEnd = "9007199254740991";  // 2^53-1: §4.4.5.3

std::string range_of_hint(const hls::ToldHint& hint) {
  if (!hint.start && !hint.length_bytes) return {};
  const int64_t start = hint.start.value_or(0);
  if (!hint.length_bytes) return fmt::format("{}-{}", start, kToTheEnd);
  return range_of(hls::ToldRange{*hint.length_bytes, start});
}

}  // namespace

std::string range_of(const std::optional<hls::ToldRange>& range) {
  if (!range || !range->offset || range->length == 0) return {};
  return fmt::format("{}-{}", *range->offset, *range->offset + range->length - 1);
}

HlsMediaCheck::HlsMediaCheck(Of of, std::string url, const HlsAccess& access,
                             const hls::ToldSequence& sequence, HlsReport& report)
    : of_(of), url_(std::move(url)), fetch_(access), sequence_(sequence), report_(report) {}

void HlsMediaCheck::violation(std::string section, std::string words, size_t line) {
  findings_.violation(std::move(section), std::move(words), line);
}
void HlsMediaCheck::advice(std::string section, std::string words, size_t line) {
  findings_.advice(std::move(section), std::move(words), line);
}
void HlsMediaCheck::report_findings() {
  for (const auto& finding : findings_.take())
    report_.add(url_, finding);
}

void HlsMediaCheck::miss() {
  next_.reset();
  read_.rates.interrupt();
  segment_whole_ = false;
}

// From the newest segment that has its parts on: nobody plays what is old.
void HlsMediaCheck::start_at(const hls::ToldMediaPlaylist& playlist) {
  if (seen_segment_ >= 0) return;
  const auto parted = std::ranges::find_if(
      playlist.segments, [](const hls::ToldSegment& each) { return !each.parts.empty(); });
  const hls::ToldSegment& from = playlist.ended                      ? playlist.segments.front()
                                 : parted == playlist.segments.end() ? playlist.segments.back()
                                                                     : *parted;
  seen_segment_ = from.media_sequence - 1;
  all_read_ = playlist.ended;
}

void HlsMediaCheck::handle_playlist(const hls::ToldMediaPlaylist& playlist, Deadline until) {
  start_at(playlist);
  const double target_s = static_cast<double>(playlist.target_duration_s.value_or(1));
  for (const hls::ToldSegment& segment : playlist.segments) {
    if (segment.media_sequence <= seen_segment_) continue;
    if (std::chrono::steady_clock::now() >= until) break;
    if (segment.media_sequence > seen_segment_ + 1) {
      miss();
      seen_parts_ = 0;
      segment_bits_ = 0;
      segment_whole_ = true;
    }
    seen_segment_ = segment.media_sequence - 1;
    if (segment.discontinuity && seen_parts_ == 0) next_.reset();
    for (; seen_parts_ < segment.parts.size(); ++seen_parts_)
      fetch_part(segment, seen_parts_);
    if (segment.uri.empty()) break;
    if (segment.parts.empty()) fetch_segment(segment);
    end_segment(segment, target_s);
  }
  const bool to_the_end = seen_segment_ == playlist.segments.back().media_sequence;
  read_.all = playlist.ended && all_read_ && to_the_end;
  follow_hint(playlist);
  report_findings();
}

void HlsMediaCheck::end_segment(const hls::ToldSegment& segment, double target_duration_s) {
  if (segment_whole_ && !segment.gap) {
    read_.rates.add(segment.duration_s, segment_bits_, target_duration_s);
    if (segment.bitrate_kbps &&
        !hls::is_near_bit_rate(*segment.bitrate_kbps, segment_bits_, segment.duration_s))
      violation(
          "4.4.4.8",
          fmt::format("segment {} has EXT-X-BITRATE {}, and {:.0f} kbit/s", segment.media_sequence,
                      *segment.bitrate_kbps, segment_bits_ / segment.duration_s / 1000),
          segment.line);
    compare_whole(segment);
  }
  all_read_ = all_read_ && (segment_whole_ || segment.gap);
  seen_segment_ = segment.media_sequence;
  seen_parts_ = 0;
  segment_bits_ = 0;
  segment_whole_ = true;
}

// Parts are the segment: one in ten is fetched whole to see it.
void HlsMediaCheck::compare_whole(const hls::ToldSegment& segment) {
  if (segment.parts.empty() || segment.media_sequence % kSegmentsPerWhole != 0) return;
  const auto whole = fetch(segment.uri, segment.byte_range,
                           fmt::format("segment {}", segment.media_sequence), segment.line);
  if (whole && static_cast<double>(whole->size()) * 8 != segment_bits_)
    advice("4.4.4.9", fmt::format("segment {} is {} bytes, its parts {}", segment.media_sequence,
                                  whole->size(), segment_bits_ / 8));
}

// ---- hints

void HlsMediaCheck::follow_hint(const hls::ToldMediaPlaylist& playlist) {
  if (!hinted_.uri.empty() && hinted_ != playlist.preload_hint) {
    const bool became = std::ranges::any_of(playlist.segments, [&](const auto& segment) {
      return std::ranges::any_of(segment.parts,
                                 [&](const auto& part) { return part.uri == hinted_.uri; });
    });
    if (!became) advice("4.4.5.3", fmt::format("the hinted part {} never came", hinted_.uri));
  }
  if (hinted_ != playlist.preload_hint) ++hints_seen_;
  hinted_ = playlist.preload_hint;
}

void HlsMediaCheck::ask_for_hint(const hls::ToldMediaPlaylist& playlist) {
  const hls::ToldHint& hint = playlist.preload_hint;
  if (hint.uri.empty() || hints_seen_ % kHintsPerRequest != 1) return;
  ++hints_seen_;  // it is asked for once
  const std::string range = range_of_hint(hint);
  auto fetched = fetch_.get(resolve_url(url_, hint.uri), range);
  if (!fetched) return;
  if (!range.empty() && fetched->status == 200)
    fetched->body.erase(0, static_cast<size_t>(hint.start.value_or(0)));
  hints_.handle_answer(hint, fetched->status, std::move(fetched->body));
}

// ---- what is told

// A server that knows no ranges sends all.
std::optional<std::string> HlsMediaCheck::fetch(const std::string& uri,
                                                const std::optional<hls::ToldRange>& range,
                                                const std::string& what, size_t line) {
  const std::string wanted = range_of(range);
  if (range && wanted.empty()) return {};
  const auto fetched = fetch_.get(resolve_url(url_, uri), wanted);
  if (!fetched) {
    advice("6.2.1", fmt::format("{}: {}", what, fetched.error().message), line);
    return {};
  }
  if (fetched->status != 200 && !(range && fetched->status == 206)) {
    violation("6.2.1", fmt::format("{} is told and answered with {}", what, fetched->status), line);
    return {};
  }
  report_.count_media();
  if (!range) return fetched->body;
  const auto offset = static_cast<size_t>(fetched->status == 206 ? 0 : *range->offset);
  const auto length = static_cast<size_t>(range->length);
  if (fetched->body.size() < offset + length) {
    violation("4.4.4.2", fmt::format("{} is told to have {} bytes, and has not", what, length),
              line);
    return {};
  }
  return fetched->body.substr(offset, length);
}

void HlsMediaCheck::fetch_part(const hls::ToldSegment& segment, size_t index) {
  const hls::ToldPart& part = segment.parts[index];
  const std::string what = fmt::format("part {}.{}", segment.media_sequence, index);
  if (part.gap) {
    report_.count_gap();
    hints_.handle_part(part, what, {});
    return miss();
  }
  const auto body = fetch(part.uri, part.byte_range, what, part.line);
  if (!body) return miss();
  hints_.handle_part(part, what, *body);
  segment_bits_ += static_cast<double>(body->size()) * 8;
  check_media(segment, index, part.duration_s, *body);
}

void HlsMediaCheck::fetch_segment(const hls::ToldSegment& segment) {
  if (segment.gap) report_.count_gap();
  if (segment.gap) return miss();
  const auto body = fetch(segment.uri, segment.byte_range,
                          fmt::format("segment {}", segment.media_sequence), segment.line);
  if (!body) return miss();
  segment_bits_ = static_cast<double>(body->size()) * 8;
  if (of_ == Of::kSubtitles) return check_subtitles(segment, *body);
  check_media(segment, std::nullopt, segment.duration_s, *body);
}

// Subtitles in ISO BMFF have an EXT-X-MAP, and are not looked into.
void HlsMediaCheck::check_subtitles(const hls::ToldSegment& segment, const std::string& body) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (segment.encrypted || learn_track(segment) || !segment.map_uri.empty()) return;
  std::string_view text = body;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (!text.starts_with("WEBVTT"))
    violation("3.1.4", fmt::format("segment {} is no WebVTT", segment.media_sequence),
              segment.line);
}

bool HlsMediaCheck::learn_track(const hls::ToldSegment& segment) {
  const std::string& map_uri = segment.map_uri;
  if (map_uri.empty() || segment.encrypted) return false;  // MPEG-2 TS and others
  if (tracks_.contains(map_uri)) return true;
  const auto body = fetch(map_uri, segment.map_range, "the init segment " + map_uri);
  if (!body) return false;
  const auto track = cmaf::read_track_header(as_bytes(*body));
  if (!track) {
    violation("3.1.2", fmt::format("the init segment {} cannot be read", map_uri));
    return false;
  }
  tracks_.emplace(map_uri, *track);
  read_.formats.merge(cmaf::read_sample_formats(as_bytes(*body)));
  return true;
}

// The date is of the segment's first sample, which is the first of its first part.
void HlsMediaCheck::compare_date(const hls::ToldSegment& segment, std::optional<size_t> part,
                                 double media_s) {
  const auto discontinuities = sequence_.discontinuities_of(segment.media_sequence);
  if (segment.date_s && discontinuities && part.value_or(0) == 0)
    report_.handle_media(url_, *discontinuities, *segment.date_s, media_s);
}

void HlsMediaCheck::check_media(const hls::ToldSegment& segment, std::optional<size_t> part,
                                double duration_s, const std::string& body) {
  if (!learn_track(segment)) return;
  const cmaf::TrackHeader& track = tracks_.at(segment.map_uri);
  const std::string what = part ? fmt::format("part {}.{}", segment.media_sequence, *part)
                                : fmt::format("segment {}", segment.media_sequence);
  const auto timing = cmaf::read_chunk_timing(as_bytes(body), track);
  if (!timing) {
    next_.reset();
    return violation("3.1.2", what + " cannot be read, or its chunks do not follow each other");
  }
  const double scale = track.timescale;
  const double lasts_s = static_cast<double>(timing->duration) / scale;
  if (std::abs(lasts_s - duration_s) > kTolerance_s)
    violation("4.4.4", fmt::format("{} is told to last {} s, and its samples last {:.5f} s", what,
                                   duration_s, lasts_s));
  if (part && segment.parts[*part].independent && !timing->independent)
    violation("4.4.4.9", what + " is told to be independent, and begins with no sync sample");
  if (!timing->default_base_is_moof)
    violation("3.1.2", what + " does not have default-base-is-moof");
  compare_date(segment, part, static_cast<double>(timing->decode_time) / scale);
  if (next_) {
    const double hole_s =
        (static_cast<double>(timing->decode_time) - static_cast<double>(next_->decode_time)) /
        scale;
    if (std::abs(hole_s) > 1.5 / scale)
      violation("6.2.1", fmt::format("{} begins {:.5f} s {} the end of what is before it, and "
                                     "there is no discontinuity",
                                     what, std::abs(hole_s), hole_s > 0 ? "after" : "before"));
  }
  next_ = Next{timing->decode_time + timing->duration};
}

}  // namespace longmen
