#include "cli/hls_rendition_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>

#include "core/hls/attribute_list.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr double kTolerance_s = 0.02;  // a frame's share that a playlist's decimals may hide
constexpr int kMaxFailures = 50;       // in a row; a server that is started again needs a second
constexpr auto kRetry = 200ms;
constexpr double kLookForLeft = 0.9;  // of the time for which a segment is to be had yet
constexpr double kLongest_s = 1e6;    // that anybody waits
constexpr double kHeldTargets = 3;    // after which a held request is answered, one way or another

std::string range_of(const std::optional<hls::ToldRange>& range) {
  if (!range || !range->offset || range->length == 0) return {};
  return fmt::format("{}-{}", *range->offset, *range->offset + range->length - 1);
}

// For how long somebody on the way has had it.
std::chrono::seconds age_of(const HlsFetched& fetched) {
  const auto field = fetched.fields.find("age");
  if (field == fetched.fields.end()) return 0s;
  return std::chrono::seconds(std::min<int64_t>(hls::to_decimal<int64_t>(field->second).value_or(0),
                                                static_cast<int64_t>(kLongest_s)));
}

}  // namespace

HlsRenditionCheck::HlsRenditionCheck(Of of, std::string url, bool insecure, HlsReport& report)
    : of_(of), url_(std::move(url)), fetch_(insecure), report_(report) {}

void HlsRenditionCheck::violation(std::string section, std::string words, size_t line) {
  report_.add(url_,
              {hls::CheckFinding::Weight::kViolation, std::move(section), std::move(words), line});
}
void HlsRenditionCheck::advice(std::string section, std::string words, size_t line) {
  report_.add(url_,
              {hls::CheckFinding::Weight::kAdvice, std::move(section), std::move(words), line});
}

void HlsRenditionCheck::run(Deadline until) {
  while (SteadyClock::now() < until && failures_ < kMaxFailures) {
    const bool blocking = playlist_ && playlist_->can_block_reload;
    if (!reload(blocking)) {
      std::this_thread::sleep_for(kRetry);
      continue;
    }
    failures_ = 0;
    fetch_media(*playlist_);
    look_for_left(/*at_once=*/false);
    if (playlist_->ended) break;
    if (playlist_->can_block_reload) {
      if (!std::exchange(probed_, true)) probe_refusals();
    } else {
      std::this_thread::sleep_for(
          std::chrono::milliseconds(500 * playlist_->target_duration_s.value_or(1)));
    }
  }
  if (failures_ >= kMaxFailures) return violation("6.2.1", "the playlist cannot be had any more");
  look_for_left(/*at_once=*/true);
}

// A server that is started again knows nothing of what its playlists had before.
void HlsRenditionCheck::handle_failure(const std::string& words) {
  left_.reset();
  if (failures_++ == 0) advice("6.2.1", words);
}

// For the next part, or the next segment; now and then as a delta update.
bool HlsRenditionCheck::reload(bool blocking) {
  hls::DeliveryDirectives asked;
  std::string query;
  if (blocking && failures_ == 0) {
    const hls::ToldSegment& last = playlist_->segments.back();
    const bool whole = !last.uri.empty();
    asked.media_sequence = last.media_sequence + (whole ? 1 : 0);
    query = fmt::format("_HLS_msn={}", *asked.media_sequence);
    if (playlist_->part_target_s) {
      asked.part = whole ? 0 : static_cast<int64_t>(last.parts.size());
      query += fmt::format("&_HLS_part={}", *asked.part);
    }
    asked.skip = playlist_->can_skip_until_s && report_.playlists() % 3 != 0;
    if (asked.skip) query += "&_HLS_skip=YES";
  }
  const auto began = SteadyClock::now();
  const auto fetched = fetch_.get(query.empty() ? url_ : with_query(url_, query));
  if (!fetched) {
    handle_failure(fetched.error().message);
    return false;
  }
  if (fetched->status != 200) {
    handle_failure(
        fmt::format("the playlist with \"{}\" is answered with {}", query, fetched->status));
    return false;
  }
  report_.count_playlist();
  check_playlist_fields(*fetched);
  for (const auto& finding : checker_.handle_text(fetched->body))
    report_.add(url_, finding);
  auto playlist = hls::read_media_playlist(fetched->body);
  if (!playlist) {
    violation("4.1", playlist.error().message);
    ++failures_;
    return false;
  }
  const double held_s = std::chrono::duration<double>(fetched->took).count();
  const double target = static_cast<double>(playlist->target_duration_s.value_or(1));
  if (asked.media_sequence && held_s > kHeldTargets * target + 1)
    violation("6.2.5.2", fmt::format("a blocking reload took {:.1f} s, more than three target "
                                     "durations",
                                     held_s));
  for (const auto& finding : checker_.handle(*playlist, asked))
    report_.add(url_, finding);
  if (playlist->segments.empty()) {
    ++failures_;
    return false;
  }
  // The tags of the segments that a delta update leaves out hold on.
  if (playlist->skipped && playlist_) {
    for (hls::ToldSegment& segment : playlist->segments) {
      if (!segment.map_uri.empty()) continue;
      segment.map_uri = map_uri_;
      segment.map_range = map_range_;
    }
  }
  map_uri_ = playlist->segments.back().map_uri;
  map_range_ = playlist->segments.back().map_range;
  const bool goes_on = playlist_ && failures_ == 0;
  playlist_ = std::move(*playlist);
  compare(*fetched, began);
  if (goes_on) note_left(asked_at_);
  asked_at_ = began - age_of(*fetched);
  return true;
}

// With the other renditions.
void HlsRenditionCheck::compare(const HlsFetched& fetched, Deadline asked) {
  const auto seconds = [](Deadline at) {
    return std::chrono::duration<double>(at.time_since_epoch()).count();
  };
  hls::RenditionAgreement::Answer answer;
  answer.url = url_;
  answer.subtitles = of_ == Of::kSubtitles;
  answer.asked_s = seconds(asked);
  answer.answered_s = seconds(SteadyClock::now());
  answer.cached = age_of(fetched) > 0s;
  for (const hls::ToldReport& report : playlist_->reports)
    answer.report_urls.push_back(resolve_url(url_, report.uri));
  report_.handle_playlist(answer, *playlist_);
}

// One after the other: the next one when this one has been looked for. The playlist before this one
// had it yet.
void HlsRenditionCheck::note_left(Deadline had_at) {
  const auto& removed = checker_.removed();
  if (!removed || left_) return;
  const auto after = [&](double seconds) {
    return had_at +
           std::chrono::milliseconds(static_cast<int64_t>(1000 * std::min(seconds, kLongest_s)));
  };
  left_ = Left{*removed, after(kLookForLeft * removed->available_s), after(removed->available_s)};
}

void HlsRenditionCheck::look_for_left(bool at_once) {
  const auto now = SteadyClock::now();
  if (!left_ || (!at_once && now < left_->look_at)) return;
  const auto left = std::exchange(left_, std::nullopt);
  if (now > left->until || left->segment.media_sequence <= checker_.forgotten_until()) return;
  const auto fetched =
      fetch_.get(resolve_url(url_, left->segment.uri), range_of(left->segment.byte_range));
  // 410 is no accident, it has been taken back; other answers are of other troubles.
  if (!fetched || fetched->status != 404 || SteadyClock::now() > left->until) return;
  violation("6.2.2", fmt::format("segment {} has left the playlist and is answered with 404, and "
                                 "should be had for {:.1f} s after",
                                 left->segment.media_sequence, left->segment.available_s));
}

void HlsRenditionCheck::check_playlist_fields(const HlsFetched& fetched) {
  if (report_.playlists() > 20) return;  // they do not change
  const auto field = [&](const char* name) {
    const auto found = fetched.fields.find(name);
    return found == fetched.fields.end() ? std::string() : found->second;
  };
  const std::string type = field("content-type");
  const std::string path = fetched.url.substr(0, fetched.url.find('?'));
  const bool by_type = type.starts_with("application/vnd.apple.mpegurl") ||
                       type.starts_with("audio/mpegurl") ||
                       type.starts_with("application/x-mpegurl");
  if (!by_type && !path.ends_with(".m3u8") && !path.ends_with(".m3u"))
    violation("4", fmt::format("neither Content-Type \"{}\" nor the path says that it is a "
                               "playlist",
                               type));
  else if (!by_type)
    advice("4", fmt::format("Content-Type \"{}\" is none of a playlist", type));
  if (field("content-encoding") != "gzip") advice("B.1", "playlists are not compressed");
  if (field("access-control-allow-origin").empty())
    advice("CORS", "there is no Access-Control-Allow-Origin: players on other sites cannot play");
}

// What is too far ahead, or no number, is to be refused at once.
void HlsRenditionCheck::probe_refusals() {
  const int64_t far = playlist_->segments.back().media_sequence + 100;
  for (const std::string& query :
       {fmt::format("_HLS_msn={}", far), std::string("_HLS_part=0"), std::string("_HLS_msn=x")}) {
    const auto fetched = fetch_.get(with_query(url_, query));
    if (!fetched || fetched->status != 400)
      advice("6.2.5.2",
             fmt::format("\"{}\" is answered with {}, and should be with 400", query,
                         fetched ? fmt::to_string(fetched->status) : fetched.error().message));
  }
}

void HlsRenditionCheck::fetch_media(const hls::ToldMediaPlaylist& playlist) {
  // From the newest segment that has its parts on: nobody plays what is old.
  if (seen_segment_ < 0) {
    const auto first = std::ranges::find_if(
        playlist.segments, [](const hls::ToldSegment& each) { return !each.parts.empty(); });
    const hls::ToldSegment& from =
        first == playlist.segments.end() ? playlist.segments.back() : *first;
    seen_segment_ = from.media_sequence - 1;
  }
  for (const hls::ToldSegment& segment : playlist.segments) {
    if (segment.media_sequence <= seen_segment_) continue;
    if (segment.media_sequence > seen_segment_ + 1) {
      next_.reset();
      seen_parts_ = 0;
      segment_bits_ = 0;
    }
    seen_segment_ = segment.media_sequence - 1;
    if (segment.discontinuity && seen_parts_ == 0) next_.reset();
    for (; seen_parts_ < segment.parts.size(); ++seen_parts_)
      fetch_part(segment, seen_parts_);
    if (segment.uri.empty()) break;
    if (segment.parts.empty()) fetch_segment(segment);
    if (segment.duration_s > 0 && !segment.gap)
      peak_bitrate_ = std::max(peak_bitrate_, segment_bits_ / segment.duration_s);
    // Parts are the segment: one in ten is fetched whole to see it.
    if (!segment.gap && !segment.parts.empty() && segment.media_sequence % 10 == 0) {
      const auto whole = fetch(segment.uri, segment.byte_range,
                               fmt::format("segment {}", segment.media_sequence), segment.line);
      if (whole && static_cast<double>(whole->size()) * 8 != segment_bits_)
        advice("4.4.4.9", fmt::format("segment {} is {} bytes, its parts {}",
                                      segment.media_sequence, whole->size(), segment_bits_ / 8));
    }
    seen_segment_ = segment.media_sequence;
    seen_parts_ = 0;
    segment_bits_ = 0;
  }
  if (!hinted_.empty() && hinted_ != playlist.preload_hint) {
    const bool became = std::ranges::any_of(playlist.segments, [&](const auto& segment) {
      return std::ranges::any_of(segment.parts,
                                 [&](const auto& part) { return part.uri == hinted_; });
    });
    if (!became) advice("4.4.5.3", fmt::format("the hinted part {} never came", hinted_));
  }
  hinted_ = playlist.preload_hint;
}

// A server that knows no ranges sends all.
std::optional<std::string> HlsRenditionCheck::fetch(const std::string& uri,
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

void HlsRenditionCheck::fetch_part(const hls::ToldSegment& segment, size_t index) {
  const hls::ToldPart& part = segment.parts[index];
  if (part.gap) report_.count_gap();
  if (part.gap) return next_.reset();
  const std::string what = fmt::format("part {}.{}", segment.media_sequence, index);
  const auto body = fetch(part.uri, part.byte_range, what, part.line);
  if (!body) return next_.reset();
  segment_bits_ += static_cast<double>(body->size()) * 8;
  check_media(segment, index, part.duration_s, *body);
}

void HlsRenditionCheck::fetch_segment(const hls::ToldSegment& segment) {
  if (segment.gap) report_.count_gap();
  if (segment.gap) return next_.reset();
  const auto body = fetch(segment.uri, segment.byte_range,
                          fmt::format("segment {}", segment.media_sequence), segment.line);
  if (!body) return next_.reset();
  segment_bits_ = static_cast<double>(body->size()) * 8;
  if (of_ == Of::kSubtitles) return check_subtitles(segment, *body);
  check_media(segment, std::nullopt, segment.duration_s, *body);
}

// Subtitles in ISO BMFF have an EXT-X-MAP, and are not looked into.
void HlsRenditionCheck::check_subtitles(const hls::ToldSegment& segment, const std::string& body) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (!segment.map_uri.empty()) return;
  std::string_view text = body;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (!text.starts_with("WEBVTT"))
    violation("3.1.4", fmt::format("segment {} is no WebVTT", segment.media_sequence),
              segment.line);
}

bool HlsRenditionCheck::learn_track(const hls::ToldSegment& segment) {
  const std::string& map_uri = segment.map_uri;
  if (map_uri.empty() || of_ == Of::kSubtitles) return false;  // MPEG-2 TS and others
  if (tracks_.contains(map_uri)) return true;
  const auto body = fetch(map_uri, segment.map_range, "the init segment " + map_uri);
  if (!body) return false;
  const auto track = cmaf::read_track_header(as_bytes(*body));
  if (!track) {
    violation("3.1.2", fmt::format("the init segment {} cannot be read", map_uri));
    return false;
  }
  tracks_.emplace(map_uri, *track);
  return true;
}

// The date is of the segment's first sample, which is the first of its first part.
void HlsRenditionCheck::compare_date(const hls::ToldSegment& segment, std::optional<size_t> part,
                                     double media_s) {
  const auto discontinuities = checker_.discontinuities_of(segment.media_sequence);
  if (segment.date_s && discontinuities && part.value_or(0) == 0)
    report_.handle_media(url_, *discontinuities, *segment.date_s, media_s);
}

void HlsRenditionCheck::check_media(const hls::ToldSegment& segment, std::optional<size_t> part,
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
  next_ = Next{timing->decode_time + timing->duration, segment.media_sequence, part.value_or(0)};
}

}  // namespace longmen
