#include "core/hls/playlist_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/hls/date_range_rules.h"
#include "core/hls/playlist_text_rules.h"
#include "core/hls/tag_rules.h"

namespace longmen::hls {
namespace {

constexpr double kRounding_s = 0.001;  // of decimals in a playlist
constexpr int kVersionOfMap = 6;
constexpr int kVersionOfMapOfPictures = 5;  // with EXT-X-I-FRAMES-ONLY
constexpr int kVersionOfSkip = 9;
constexpr int kVersionOfFractions = 3;
constexpr int kVersionOfRanges = 4;
constexpr double kLeastOfPartTarget = 0.85;
constexpr double kDateTolerance_s = 0.25;  // what a clock may be set right by

// Whether there is a segment that is farther from the end than the skip boundary however that is
// measured: a target duration is left for it.
bool has_skippable(const ToldMediaPlaylist& playlist) {
  if (!playlist.can_skip_until_s) return false;
  double whole_s = 0;
  for (const ToldSegment& segment : playlist.segments)
    whole_s += segment.uri.empty() ? 0 : segment.duration_s;
  const double first_s = playlist.segments.empty() ? 0 : playlist.segments.front().duration_s;
  return whole_s - first_s >
         *playlist.can_skip_until_s + static_cast<double>(playlist.target_duration_s.value_or(0));
}

}  // namespace

std::vector<CheckFinding> PlaylistChecker::handle_text(std::string_view text) {
  check_playlist_text(text, PlaylistKind::kMedia, findings_);
  check_tags(text, findings_);
  check_date_ranges(text, findings_);
  check_unchanged(text);
  return findings_.take();
}

// "[VOD] indicates that the Playlist file MUST NOT change."
void PlaylistChecker::check_unchanged(std::string_view text) {
  constexpr std::string_view kOfVod = "\n#EXT-X-PLAYLIST-TYPE:VOD";
  if (text.size() > kMaxPlaylistBytes || text.find(kOfVod) == std::string_view::npos) return;
  if (vod_text_.empty()) vod_text_ = text;
  if (vod_text_ != text) violation("6.2.1", "a playlist of the type VOD has changed");
}

std::vector<CheckFinding> PlaylistChecker::handle(const ToldMediaPlaylist& playlist,
                                                  const DeliveryDirectives& asked) {
  check_header(playlist);
  check_server_control(playlist);
  check_durations(playlist);
  check_dates(playlist);
  for (const ToldSegment& segment : playlist.segments)
    check_parts(playlist, segment);
  check_end(playlist);
  check_reports(playlist);
  check_skipped(playlist);
  check_answer(playlist, asked);
  sequence_.handle(playlist);
  return findings_.take();
}

// ---- of one playlist

void PlaylistChecker::check_header(const ToldMediaPlaylist& playlist) {
  if (!playlist.target_duration_s) violation("4.4.3.1", "EXT-X-TARGETDURATION is missing");
  const bool maps = std::ranges::any_of(
      playlist.segments, [](const ToldSegment& segment) { return !segment.map_uri.empty(); });
  const bool pictures = playlist.line_of("#EXT-X-I-FRAMES-ONLY") > 0;
  const int needed = pictures ? kVersionOfMapOfPictures : kVersionOfMap;
  if (maps && playlist.version < needed)
    violation("8", fmt::format("EXT-X-MAP needs EXT-X-VERSION {}", needed),
              playlist.line_of("#EXT-X-MAP"));
  if (playlist.skipped && playlist.version < kVersionOfSkip)
    violation("8", fmt::format("EXT-X-SKIP needs EXT-X-VERSION {}", kVersionOfSkip),
              playlist.line_of("#EXT-X-SKIP"));
  if (!playlist.type.empty() && playlist.type != "EVENT" && playlist.type != "VOD")
    violation("4.4.3.5",
              fmt::format("EXT-X-PLAYLIST-TYPE is {}, neither EVENT nor VOD", playlist.type),
              playlist.line_of("#EXT-X-PLAYLIST-TYPE"));
  const bool parts = std::ranges::any_of(
      playlist.segments, [](const ToldSegment& segment) { return !segment.parts.empty(); });
  if (parts && !playlist.part_target_s)
    violation("4.4.3.7", "there are parts, and EXT-X-PART-INF is missing");
  const bool dates = std::ranges::any_of(playlist.segments, &ToldSegment::has_date);
  if (parts && !dates && !playlist.skipped) advice("4.4.4.6", "EXT-X-PROGRAM-DATE-TIME is missing");
}

void PlaylistChecker::check_server_control(const ToldMediaPlaylist& playlist) {
  const size_t line = playlist.line_of("#EXT-X-SERVER-CONTROL");
  const double target = static_cast<double>(playlist.target_duration_s.value_or(0));
  if (playlist.hold_back_s && *playlist.hold_back_s < 3 * target - kRounding_s)
    violation(
        "4.4.3.8",
        fmt::format("HOLD-BACK {} is less than three target durations", *playlist.hold_back_s),
        line);
  if (playlist.can_skip_until_s && *playlist.can_skip_until_s < 6 * target - kRounding_s)
    violation("4.4.3.8",
              fmt::format("CAN-SKIP-UNTIL {} is less than six target durations",
                          *playlist.can_skip_until_s),
              line);
  if (!playlist.part_target_s) return;
  if (!playlist.part_hold_back_s)
    return violation("4.4.3.8", "there is EXT-X-PART-INF, and PART-HOLD-BACK is missing", line);
  if (*playlist.part_hold_back_s < 2 * *playlist.part_target_s - kRounding_s)
    violation(
        "4.4.3.8",
        fmt::format("PART-HOLD-BACK {} is less than two part targets", *playlist.part_hold_back_s),
        line);
  else if (*playlist.part_hold_back_s < 3 * *playlist.part_target_s - kRounding_s)
    advice("4.4.3.8",
           fmt::format("PART-HOLD-BACK {} is less than three part targets",
                       *playlist.part_hold_back_s),
           line);
  if (!playlist.can_block_reload)
    violation("B.1", "a low-latency playlist has no CAN-BLOCK-RELOAD=YES", line);
}

void PlaylistChecker::check_durations(const ToldMediaPlaylist& playlist) {
  for (const ToldSegment& segment : playlist.segments) {
    if (segment.uri.empty()) continue;
    const std::string name = fmt::format("segment {}", segment.media_sequence);
    if (!segment.has_duration) violation("4.4.4.1", name + " has no EXTINF", segment.line);
    if (segment.duration_s != std::floor(segment.duration_s) &&
        playlist.version < kVersionOfFractions)
      violation(
          "8",
          fmt::format("parts of a second in EXTINF need EXT-X-VERSION {}", kVersionOfFractions),
          segment.line);
    if (segment.byte_range && playlist.version < kVersionOfRanges)
      violation("8", fmt::format("EXT-X-BYTERANGE needs EXT-X-VERSION {}", kVersionOfRanges),
                segment.line);
    if (segment.byte_range && !segment.byte_range->offset && !playlist.skipped)
      violation("4.4.4.2", name + " has a byte range without an offset, and follows none",
                segment.line);
    if (playlist.target_duration_s &&
        std::llround(segment.duration_s) > *playlist.target_duration_s)
      violation("4.4.3.1",
                fmt::format("{} lasts {} s, more than EXT-X-TARGETDURATION {}", name,
                            segment.duration_s, *playlist.target_duration_s),
                segment.line);
  }
}

// Dates go on with the segments as long as there is no discontinuity.
void PlaylistChecker::check_dates(const ToldMediaPlaylist& playlist) {
  std::optional<double> expected_s;
  for (const ToldSegment& segment : playlist.segments) {
    if (segment.discontinuity) expected_s.reset();
    if (segment.has_date && !segment.date_s)
      advice("4.4.4.6", "EXT-X-PROGRAM-DATE-TIME is no date that can be read", segment.line);
    if (segment.date_s && expected_s && std::abs(*segment.date_s - *expected_s) > kDateTolerance_s)
      advice("4.4.4.6",
             fmt::format("the date of segment {} is {:.3f} s beside the end of what is "
                         "before it",
                         segment.media_sequence, *segment.date_s - *expected_s),
             segment.line);
    if (segment.has_date) expected_s = segment.date_s;
    if (expected_s) *expected_s += segment.duration_s;
  }
}

void PlaylistChecker::check_parts(const ToldMediaPlaylist& playlist, const ToldSegment& segment) {
  if (segment.parts.empty()) return;
  const double target = playlist.part_target_s.value_or(0);
  double sum_s = 0;
  bool gap = false;
  for (size_t i = 0; i < segment.parts.size(); ++i) {
    const ToldPart& part = segment.parts[i];
    sum_s += part.duration_s;
    gap = gap || part.gap;
    const std::string name = fmt::format("part {}.{}", segment.media_sequence, i);
    if (part.duration_s > target + kRounding_s / 10)
      violation(
          "4.4.4.9",
          fmt::format("{} lasts {} s, more than PART-TARGET {}", name, part.duration_s, target),
          part.line);
    const bool is_last = i + 1 == segment.parts.size();
    const bool may_be_short = is_last || part.independent || part.gap || segment.parts[i + 1].gap;
    if (!may_be_short && part.duration_s < kLeastOfPartTarget * target - kRounding_s)
      violation("4.4.4.9",
                fmt::format("{} lasts {} s, less than 85 % of PART-TARGET {}", name,
                            part.duration_s, target),
                part.line);
  }
  if (segment.uri.empty()) return;
  if (std::abs(sum_s - segment.duration_s) >
      kRounding_s * static_cast<double>(segment.parts.size()))
    violation("4.4.4.9",
              fmt::format("the parts of segment {} last {:.5f} s, and it lasts {} s",
                          segment.media_sequence, sum_s, segment.duration_s),
              segment.line);
  if (gap && !segment.gap)
    violation("6.2.1",
              fmt::format("segment {} has a part that is a gap, and no EXT-X-GAP",
                          segment.media_sequence),
              segment.line);
}

void PlaylistChecker::check_end(const ToldMediaPlaylist& playlist) {
  if (playlist.ended && playlist.line_of("#EXT-X-PRELOAD-HINT") > 0)
    violation("4.4.5.3", "there is EXT-X-ENDLIST, and EXT-X-PRELOAD-HINT besides",
              playlist.line_of("#EXT-X-PRELOAD-HINT"));
  if (playlist.segments.empty()) return advice("6.2.1", "the playlist has no segment");
  if (!playlist.part_target_s || playlist.ended) return;
  if (playlist.preload_hint.uri.empty())
    advice("B.1", "there is no EXT-X-PRELOAD-HINT for the next part");
  // Parts may go when they are three target durations away from the end, and not before.
  const double kept = 3 * static_cast<double>(playlist.target_duration_s.value_or(0));
  double from_end_s = 0;
  for (auto segment = playlist.segments.rbegin(); segment != playlist.segments.rend(); ++segment) {
    if (from_end_s >= kept - kRounding_s) break;
    if (segment->parts.empty() && from_end_s > 0)
      violation("4.4.4.9", fmt::format("segment {} is {:.3f} s from the end and has no parts",
                                       segment->media_sequence, from_end_s));
    double parts_s = 0;
    for (const ToldPart& part : segment->parts)
      parts_s += part.duration_s;
    from_end_s += segment->uri.empty() ? parts_s : segment->duration_s;
  }
}

// LAST-MSN and LAST-PART may be left out where they are those of this playlist itself.
void PlaylistChecker::check_reports(const ToldMediaPlaylist& playlist) {
  for (const ToldReport& report : playlist.reports) {
    if (report.uri.empty())
      violation("4.4.5.4", "an EXT-X-RENDITION-REPORT has no URI", report.line);
    if (report.uri.find("://") < report.uri.find_first_of("/?#"))
      violation("4.4.5.4",
                fmt::format("the URI {} of an EXT-X-RENDITION-REPORT is not relative", report.uri),
                report.line);
  }
}

// Whether a segment's distance is that of its beginning or its end is left open: one segment may be
// this side of the boundary.
void PlaylistChecker::check_skipped(const ToldMediaPlaylist& playlist) {
  if (playlist.skipped.value_or(0) == 0 || !playlist.can_skip_until_s) return;
  double told_s = static_cast<double>(playlist.target_duration_s.value_or(0));
  for (const ToldSegment& segment : playlist.segments) {
    if (!segment.uri.empty()) told_s += segment.duration_s;
    if (!segment.uri.empty()) continue;
    for (const ToldPart& part : segment.parts)
      told_s += part.duration_s;
  }
  if (told_s < *playlist.can_skip_until_s - kRounding_s)
    violation("4.4.5.2",
              fmt::format("segments are skipped that are less than CAN-SKIP-UNTIL {} from the end",
                          *playlist.can_skip_until_s),
              playlist.line_of("#EXT-X-SKIP"));
}

// ---- of an answer to its request

void PlaylistChecker::check_answer(const ToldMediaPlaylist& playlist,
                                   const DeliveryDirectives& asked) {
  if (playlist.skipped && !asked.skip) violation("6.2.5.1", "a delta update that nobody asked for");
  if (asked.skip && !playlist.skipped && !playlist.ended && has_skippable(playlist))
    violation("6.2.5.1", "CAN-SKIP-UNTIL is told, and _HLS_skip=YES is answered with all segments");
  if (!asked.media_sequence || playlist.ended || playlist.segments.empty()) return;
  const ToldSegment& last = playlist.segments.back();
  const bool later = last.media_sequence > *asked.media_sequence;
  const bool same = last.media_sequence == *asked.media_sequence;
  const bool there =
      later || (same && (asked.part ? static_cast<int64_t>(last.parts.size()) > *asked.part ||
                                          !last.uri.empty()
                                    : !last.uri.empty()));
  if (!there)
    violation("6.2.5.2",
              fmt::format("a blocking reload for {}{} was answered with a playlist that ends at "
                          "segment {} with {} parts",
                          *asked.media_sequence, asked.part ? fmt::format(".{}", *asked.part) : "",
                          last.media_sequence, last.parts.size()));
}

}  // namespace longmen::hls
