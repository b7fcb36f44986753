#include "cli/hls_rendition_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "core/hls/attribute_list.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr int kMaxFailures = 50;  // in a row; a server that is started again needs a second
constexpr auto kRetry = 200ms;
constexpr double kLookForLeft = 0.9;  // of the time for which something is to be had yet
constexpr double kLongest_s = 1e6;    // that anybody waits
constexpr double kHeldTargets = 3;    // after which a held request is answered, one way or another

double seconds_of(SteadyClock::time_point at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

// For how long somebody on the way has had it.
std::chrono::seconds age_of(const HlsFetched& fetched) {
  const auto field = fetched.fields.find("age");
  if (field == fetched.fields.end()) return 0s;
  return std::chrono::seconds(std::min<int64_t>(hls::to_decimal<int64_t>(field->second).value_or(0),
                                                static_cast<int64_t>(kLongest_s)));
}

std::string query_of(const hls::DeliveryDirectives& asked) {
  std::string query;
  const auto add = [&](const std::string& field) { query += (query.empty() ? "" : "&") + field; };
  if (asked.media_sequence) add(fmt::format("_HLS_msn={}", *asked.media_sequence));
  if (asked.part) add(fmt::format("_HLS_part={}", *asked.part));
  if (asked.skip) add("_HLS_skip=YES");
  return query;
}

bool is_refusal(int status) {
  return status >= 400 && status < 500;
}

}  // namespace

HlsRenditionCheck::HlsRenditionCheck(Of of, std::string url, const HlsAccess& access,
                                     const hls::PlaylistVariables* imported, HlsReport& report)
    : of_(of),
      url_(std::move(url)),
      fetch_(access),
      imported_(imported),
      report_(report),
      media_(of, url_, access, checker_.sequence(), report) {}

void HlsRenditionCheck::violation(std::string section, std::string words, size_t line) {
  findings_.violation(std::move(section), std::move(words), line);
  report(findings_.take());
}
void HlsRenditionCheck::advice(std::string section, std::string words, size_t line) {
  findings_.advice(std::move(section), std::move(words), line);
  report(findings_.take());
}
void HlsRenditionCheck::report(const std::vector<hls::CheckFinding>& findings) {
  for (const hls::CheckFinding& finding : findings)
    report_.add(url_, finding);
}

void HlsRenditionCheck::run(Deadline until) {
  while (SteadyClock::now() < until && failures_ < kMaxFailures) {
    if (!reload()) {
      std::this_thread::sleep_for(kRetry);
      continue;
    }
    failures_ = 0;
    media_.handle_playlist(*playlist_, until);
    look_for_left(/*at_once=*/false);
    if (!go_on_until(until)) break;
  }
  if (failures_ >= kMaxFailures) return violation("6.2.1", "the playlist cannot be had any more");
  look_for_left(/*at_once=*/true);
}

// What has ended is looked at once more, for it is to stay so.
bool HlsRenditionCheck::go_on_until(Deadline until) {
  const auto target = 1000ms * playlist_->target_duration_s.value_or(1);
  if (playlist_->ended) {
    if (std::exchange(seen_ended_, true)) return false;
    std::this_thread::sleep_until(std::min<Deadline>(until, SteadyClock::now() + target));
  } else if (playlist_->can_block_reload) {
    if (!std::exchange(probed_, true)) probe_refusals();
    media_.ask_for_hint(*playlist_);
  } else {
    std::this_thread::sleep_until(std::min<Deadline>(until, SteadyClock::now() + target / 2));
  }
  return true;
}

// A server that is started again knows nothing of what its playlists had before.
void HlsRenditionCheck::handle_failure(const std::string& words) {
  for (auto& left : left_)
    left.reset();
  if (failures_++ == 0) advice("6.2.1", words);
}

// For the next part, or the next segment; now and then as a delta update.
hls::DeliveryDirectives HlsRenditionCheck::directives() const {
  hls::DeliveryDirectives asked;
  if (!playlist_ || playlist_->ended || failures_ > 0) return asked;
  if (playlist_->can_block_reload) {
    const hls::ToldSegment& last = playlist_->segments.back();
    const bool whole = !last.uri.empty();
    asked.media_sequence = last.media_sequence + (whole ? 1 : 0);
    if (playlist_->part_target_s) asked.part = whole ? 0 : static_cast<int64_t>(last.parts.size());
  }
  asked.skip = playlist_->can_skip_until_s && !skip_refused_ && report_.playlists() % 3 != 0;
  return asked;
}

std::optional<HlsFetched> HlsRenditionCheck::fetch_playlist(hls::DeliveryDirectives& asked) {
  const auto get = [&] {
    const std::string query = query_of(asked);
    return fetch_.get(query.empty() ? url_ : with_query(url_, query));
  };
  auto fetched = get();
  if (fetched && asked.skip && is_refusal(fetched->status)) {
    const int refused = fetched->status;
    asked.skip = false;
    fetched = get();
    if (fetched && fetched->status == 200) {
      skip_refused_ = true;
      violation("6.2.5.1", fmt::format("CAN-SKIP-UNTIL is told, and _HLS_skip=YES is answered "
                                       "with {}",
                                       refused));
    }
  }
  if (fetched && fetched->status == 200) return std::move(*fetched);
  // Who holds a request and has nothing in the end is there, and late.
  const auto target = 1000ms * (playlist_ ? playlist_->target_duration_s.value_or(1) : 1);
  if (!fetched || fetched->took < target) pace_.forget();
  handle_failure(fetched ? fmt::format("the playlist with \"{}\" is answered with {}",
                                       query_of(asked), fetched->status)
                         : fetched.error().message);
  return {};
}

bool HlsRenditionCheck::reload() {
  hls::DeliveryDirectives asked = directives();
  const auto began = SteadyClock::now();
  const auto fetched = fetch_playlist(asked);
  if (!fetched) return false;
  report_.count_playlist();
  check_playlist_fields(*fetched);
  if (read_playlist(*fetched, asked, began)) return true;
  ++failures_;
  return false;
}

bool HlsRenditionCheck::read_playlist(const HlsFetched& fetched,
                                      const hls::DeliveryDirectives& asked, Deadline began) {
  const auto told = hls::substitute_variables(
      fetched.body, {hls::PlaylistKind::kMedia, fetched.url, imported_}, findings_);
  report(findings_.take());
  if (told) report(checker_.handle_text(told->text));
  auto playlist = told ? hls::read_media_playlist(told->text)
                       : Result<hls::ToldMediaPlaylist>(tl::unexpected(told.error()));
  if (!playlist) {
    violation("4.1", playlist.error().message);
    return false;
  }
  const double held_s = std::chrono::duration<double>(fetched.took).count();
  const double target = static_cast<double>(playlist->target_duration_s.value_or(1));
  if (asked.media_sequence && held_s > kHeldTargets * target + 1)
    violation("6.2.5.2", fmt::format("a blocking reload took {:.1f} s, more than three target "
                                     "durations",
                                     held_s));
  report(checker_.handle(*playlist, asked));
  if (playlist->segments.empty()) return false;
  report(
      pace_.handle({seconds_of(began), seconds_of(began) + held_s,
                    static_cast<double>(age_of(fetched).count()), asked.media_sequence.has_value()},
                   *playlist));
  complete(*playlist);
  const bool goes_on = playlist_ && failures_ == 0;
  playlist_ = std::move(*playlist);
  compare(fetched, began);
  if (goes_on) {
    const auto& sequence = checker_.sequence();
    const auto note = [&](std::optional<Left>& left, const auto& removed, std::string_view words) {
      if (removed)
        note_left(left, *removed, fmt::format(fmt::runtime(words), removed->media_sequence),
                  asked_at_);
    };
    note(left_[0], sequence.removed(), "segment {} has left the playlist");
    note(left_[1], sequence.removed_part(), "a part of segment {} has lost its EXT-X-PART");
  }
  asked_at_ = began - age_of(fetched);
  return true;
}

void HlsRenditionCheck::complete(hls::ToldMediaPlaylist& playlist) {
  if (playlist.skipped && playlist_) {
    const bool keys = playlist.line_of("#EXT-X-KEY") > 0;
    for (hls::ToldSegment& segment : playlist.segments) {
      if (!keys) segment.encrypted = newest_.encrypted;
      if (!segment.map_uri.empty()) continue;
      segment.map_uri = newest_.map_uri;
      segment.map_range = newest_.map_range;
    }
  }
  newest_ = playlist.segments.back();
}

// With the other renditions.
void HlsRenditionCheck::compare(const HlsFetched& fetched, Deadline asked) {
  hls::RenditionAgreement::Answer answer;
  answer.url = url_;
  answer.subtitles = of_ == Of::kSubtitles;
  answer.asked_s = seconds_of(asked);
  answer.answered_s = seconds_of(SteadyClock::now());
  answer.cached = age_of(fetched) > 0s;
  for (const hls::ToldReport& report : playlist_->reports)
    answer.report_urls.push_back(resolve_url(url_, report.uri));
  report_.handle_playlist(answer, *playlist_);
}

// One after the other: the next one when this one has been looked for. The playlist before this one
// had it yet.
void HlsRenditionCheck::note_left(std::optional<Left>& left,
                                  const hls::ToldSequence::Removed& removed, std::string name,
                                  Deadline had_at) {
  if (left) return;
  const auto after = [&](double seconds) {
    return had_at +
           std::chrono::milliseconds(static_cast<int64_t>(1000 * std::min(seconds, kLongest_s)));
  };
  left = Left{removed, std::move(name), after(kLookForLeft * removed.available_s),
              after(removed.available_s)};
}

void HlsRenditionCheck::look_for_left(bool at_once) {
  for (auto& each : left_) {
    const auto now = SteadyClock::now();
    if (!each || (!at_once && now < each->look_at)) continue;
    const auto left = std::exchange(each, std::nullopt);
    const auto& what = left->what;
    if (now > left->until || what.media_sequence <= checker_.sequence().forgotten_until()) continue;
    const auto fetched = fetch_.get(resolve_url(url_, what.uri), range_of(what.byte_range));
    // 410 is no accident, it has been taken back; other answers are of other troubles.
    if (!fetched || fetched->status != 404 || SteadyClock::now() > left->until) continue;
    violation("6.2.2", fmt::format("{} and is answered with 404, and should be had for {:.1f} s "
                                   "after",
                                   left->name, what.available_s));
  }
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

// What is too far ahead, or no number, is to be refused at once; a part of no segment must be.
void HlsRenditionCheck::probe_refusals() {
  const int64_t far = playlist_->segments.back().media_sequence + 100;
  for (const std::string& query :
       {fmt::format("_HLS_msn={}", far), std::string("_HLS_part=0"), std::string("_HLS_msn=x")}) {
    const auto fetched = fetch_.get(with_query(url_, query));
    if (fetched && fetched->status == 400) continue;
    const std::string words =
        fmt::format("\"{}\" is answered with {}, and should be with 400", query,
                    fetched ? fmt::to_string(fetched->status) : fetched.error().message);
    if (fetched && !is_refusal(fetched->status) && query.starts_with("_HLS_part"))
      violation("6.2.5.2", words);
    else
      advice("6.2.5.2", words);
  }
}

}  // namespace longmen
