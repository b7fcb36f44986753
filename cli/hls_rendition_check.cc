#include "cli/hls_rendition_check.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>

namespace longmen {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr double kTolerance_s = 0.02;  // a frame's share that a playlist's decimals may hide
constexpr int kMaxFailures = 50;       // in a row; a server that is started again needs a second
constexpr auto kRetry = 200ms;
constexpr double kHeldTargets = 3;  // after which a held request is answered, one way or another

std::string wall_clock() {
  const auto now = std::chrono::system_clock::now();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ms.count() % 1000);
}

}  // namespace

void HlsReport::add(const std::string& rendition, const hls::CheckFinding& finding) {
  const bool violation = finding.weight == hls::CheckFinding::Weight::kViolation;
  ++(violation ? violations_ : advice_);
  const std::lock_guard lock(mutex_);
  fmt::print("{} {} {} §{}: {}\n", wall_clock(), violation ? "VIOLATION" : "advice", rendition,
             finding.section, finding.words);
  std::fflush(stdout);
}

HlsRenditionCheck::HlsRenditionCheck(std::string name, std::string url, bool insecure,
                                     HlsReport& report)
    : name_(std::move(name)), url_(std::move(url)), fetch_(insecure), report_(report) {}

void HlsRenditionCheck::violation(std::string section, std::string words) {
  report_.add(name_, {hls::CheckFinding::Weight::kViolation, std::move(section), std::move(words)});
}
void HlsRenditionCheck::advice(std::string section, std::string words) {
  report_.add(name_, {hls::CheckFinding::Weight::kAdvice, std::move(section), std::move(words)});
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
    if (playlist_->ended) return;
    if (playlist_->can_block_reload) {
      if (!std::exchange(probed_, true)) probe_refusals();
    } else {
      std::this_thread::sleep_for(
          std::chrono::milliseconds(500 * playlist_->target_duration_s.value_or(1)));
    }
  }
  if (failures_ >= kMaxFailures) violation("6.2.1", "the playlist cannot be had any more");
}

void HlsRenditionCheck::handle_failure(const std::string& words) {
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
    report_.add(name_, finding);
  if (playlist->segments.empty()) {
    ++failures_;
    return false;
  }
  // The tags of the segments that a delta update leaves out hold on.
  if (playlist->skipped && playlist_) {
    for (hls::ToldSegment& segment : playlist->segments)
      if (segment.map_uri.empty()) segment.map_uri = map_uri_;
  }
  map_uri_ = playlist->segments.back().map_uri;
  playlist_ = std::move(*playlist);
  return true;
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
      const auto whole = fetch(segment.uri, fmt::format("segment {}", segment.media_sequence));
      if (whole && static_cast<double>(whole->size()) * 8 != segment_bits_ &&
          !segment.parts.front().byte_range)
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

std::optional<std::string> HlsRenditionCheck::fetch(const std::string& uri,
                                                    const std::string& what) {
  const auto fetched = fetch_.get(resolve_url(url_, uri));
  if (!fetched) {
    advice("6.2.1", fmt::format("{}: {}", what, fetched.error().message));
    return {};
  }
  if (fetched->status != 200) {
    violation("6.2.1", fmt::format("{} is told and answered with {}", what, fetched->status));
    return {};
  }
  report_.count_media();
  return fetched->body;
}

void HlsRenditionCheck::fetch_part(const hls::ToldSegment& segment, size_t index) {
  const hls::ToldPart& part = segment.parts[index];
  if (part.gap) report_.count_gap();
  if (part.gap || part.byte_range) return next_.reset();
  const std::string what = fmt::format("part {}.{}", segment.media_sequence, index);
  const auto body = fetch(part.uri, what);
  if (!body) return next_.reset();
  segment_bits_ += static_cast<double>(body->size()) * 8;
  check_media(segment, index, part.duration_s, *body);
}

void HlsRenditionCheck::fetch_segment(const hls::ToldSegment& segment) {
  if (segment.gap) report_.count_gap();
  if (segment.gap) return next_.reset();
  const auto body = fetch(segment.uri, fmt::format("segment {}", segment.media_sequence));
  if (!body) return next_.reset();
  segment_bits_ = static_cast<double>(body->size()) * 8;
  check_media(segment, std::nullopt, segment.duration_s, *body);
}

bool HlsRenditionCheck::learn_track(const std::string& map_uri) {
  if (map_uri.empty()) return false;  // MPEG-2 TS and others are not looked into
  if (tracks_.contains(map_uri)) return true;
  const auto body = fetch(map_uri, "the init segment " + map_uri);
  if (!body) return false;
  const auto track = cmaf::read_track_header(as_bytes(*body));
  if (!track) {
    violation("3.1.2", fmt::format("the init segment {} cannot be read", map_uri));
    return false;
  }
  tracks_.emplace(map_uri, *track);
  return true;
}

void HlsRenditionCheck::check_media(const hls::ToldSegment& segment, std::optional<size_t> part,
                                    double duration_s, const std::string& body) {
  if (!learn_track(segment.map_uri)) return;
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
