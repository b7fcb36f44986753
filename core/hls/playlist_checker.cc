#include "core/hls/playlist_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/hls/date_range_rules.h"
#include "core/hls/playlist_text_rules.h"
#include "core/hls/tag_rules.h"

namespace longmen::hls {
namespace {

constexpr double kRounding_s = 0.001;      // of decimals in a playlist
constexpr int64_t kMostRemovedAtOnce = 3;  // by a server that remembers what it had
constexpr int kVersionOfMap = 6;
constexpr int kVersionOfMapOfPictures = 5;  // with EXT-X-I-FRAMES-ONLY
constexpr int kVersionOfSkip = 9;
constexpr int kVersionOfFractions = 3;
constexpr int kVersionOfRanges = 4;
constexpr double kLeastOfPartTarget = 0.85;
constexpr double kDateTolerance_s = 0.25;  // what a clock may be set right by

}  // namespace

std::vector<CheckFinding> PlaylistChecker::handle_text(std::string_view text) {
  check_playlist_text(text, PlaylistKind::kMedia, findings_);
  check_tags(text, findings_);
  check_date_ranges(text, findings_);
  return findings_.take();
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
  check_sequence(playlist);
  note_removed(playlist);
  remember(playlist);
  return findings_.take();
}

std::optional<int64_t> PlaylistChecker::discontinuities_of(int64_t media_sequence) const {
  const auto known = known_.find(media_sequence);
  return known == known_.end() ? std::nullopt : known->second.discontinuities;
}

// ---- of one playlist

void PlaylistChecker::check_header(const ToldMediaPlaylist& playlist) {
  if (!playlist.target_duration_s)
    violation("4.4.3.1", "EXT-X-TARGETDURATION is missing");
  else if (target_duration_s_ && *target_duration_s_ != *playlist.target_duration_s)
    violation("6.2.1",
              fmt::format("EXT-X-TARGETDURATION changed from {} to {}", *target_duration_s_,
                          *playlist.target_duration_s),
              playlist.line_of("#EXT-X-TARGETDURATION"));
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
  if (playlist.segments.empty()) return advice("6.2.1", "the playlist has no segment");
  if (!playlist.part_target_s || playlist.ended) return;
  if (playlist.preload_hint.empty())
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

// ---- of one playlist after another

void PlaylistChecker::check_sequence(const ToldMediaPlaylist& playlist) {
  if (media_sequence_ && playlist.media_sequence < *media_sequence_)
    violation("4.4.3.2", fmt::format("EXT-X-MEDIA-SEQUENCE went back from {} to {}",
                                     *media_sequence_, playlist.media_sequence));
  if (media_sequence_ && playlist.discontinuity_sequence < discontinuity_sequence_)
    violation("4.4.3.3", fmt::format("EXT-X-DISCONTINUITY-SEQUENCE went back from {} to {}",
                                     discontinuity_sequence_, playlist.discontinuity_sequence));
  if (!known_.empty() && playlist.first_told() > known_.rbegin()->first + 1)
    advice("6.2.2", fmt::format("segments {} to {} were never told: the playlist jumped",
                                known_.rbegin()->first + 1, playlist.first_told() - 1));
  check_removal(playlist);
  std::optional<int64_t> discontinuities = discontinuities_before(playlist);
  for (const ToldSegment& segment : playlist.segments) {
    if (discontinuities) *discontinuities += segment.discontinuity;
    if (const auto known = known_.find(segment.media_sequence); known != known_.end())
      check_same(segment, known->second, discontinuities);
  }
}

// Of those that a delta update leaves out it does not tell: they are known from before, or not.
std::optional<int64_t> PlaylistChecker::discontinuities_before(
    const ToldMediaPlaylist& playlist) const {
  if (!playlist.skipped) return playlist.discontinuity_sequence;
  return discontinuities_of(playlist.first_told() - 1);
}

void PlaylistChecker::check_same(const ToldSegment& segment, const Known& known,
                                 std::optional<int64_t> discontinuities) {
  const int64_t number = segment.media_sequence;
  if (!segment.uri.empty() && !known.uri.empty() && segment.uri != known.uri)
    violation("6.2.1", fmt::format("segment {} was {} and is {}", number, known.uri, segment.uri),
              segment.line);
  if (!segment.uri.empty() && !known.uri.empty() &&
      std::abs(segment.duration_s - known.duration_s) > kRounding_s)
    violation("6.2.1",
              fmt::format("segment {} lasted {} s and lasts {} s", number, known.duration_s,
                          segment.duration_s),
              segment.line);
  if (discontinuities && known.discontinuities && *discontinuities != *known.discontinuities)
    violation("6.2.2",
              fmt::format("segment {} had discontinuity sequence {} and has {}", number,
                          *known.discontinuities, *discontinuities),
              segment.line);
  const size_t both = std::min(segment.parts.size(), known.part_uris.size());
  for (size_t i = 0; i < both; ++i) {
    if (segment.parts[i].uri != known.part_uris[i])
      violation("6.2.1",
                fmt::format("part {}.{} was {} and is {}", number, i, known.part_uris[i],
                            segment.parts[i].uri),
                segment.parts[i].line);
    if (segment.parts[i].gap != known.gaps.contains(i))
      violation("6.2.1",
                fmt::format("part {}.{} {} a gap", number, i,
                            segment.parts[i].gap ? "was none and is" : "is no more"),
                segment.parts[i].line);
  }
  if (!segment.parts.empty() && segment.parts.size() < known.part_uris.size())
    violation("6.2.1", fmt::format("segment {} had {} parts and has {}", number,
                                   known.part_uris.size(), segment.parts.size()));
}

void PlaylistChecker::check_removal(const ToldMediaPlaylist& playlist) {
  if (!media_sequence_ || playlist.media_sequence == *media_sequence_) return;
  if (!playlist.type.empty() && playlist.media_sequence > *media_sequence_)
    violation("6.2.1",
              fmt::format("a segment was removed from a playlist of the type {}", playlist.type),
              playlist.line_of("#EXT-X-MEDIA-SEQUENCE"));
  if (playlist.ended) return;
  double left_s = 0;
  for (const ToldSegment& segment : playlist.segments)
    left_s += segment.duration_s;
  const int64_t skipped = playlist.skipped.value_or(0);
  const double target = static_cast<double>(playlist.target_duration_s.value_or(0));
  if (skipped == 0 && left_s < 3 * target - kRounding_s)
    violation("6.2.2", fmt::format("a segment was removed, and {:.3f} s are left, less than three "
                                   "target durations",
                                   left_s));
}

void PlaylistChecker::note_removed(const ToldMediaPlaylist& playlist) {
  removed_.reset();
  const auto end = known_.lower_bound(playlist.media_sequence);
  if (end == known_.begin() || known_.rbegin()->first < playlist.media_sequence) return;
  if (media_sequence_ && playlist.media_sequence - *media_sequence_ > kMostRemovedAtOnce) {
    forgotten_until_ = known_.rbegin()->first;
    return advice("6.2.2", fmt::format("{} segments left the playlist at once, as of a server that "
                                       "was started again",
                                       playlist.media_sequence - *media_sequence_));
  }
  const auto& [number, known] = *std::prev(end);
  if (known.uri.empty() || known.gap || number + 1 != playlist.media_sequence) return;
  if (number <= forgotten_until_) return;
  // The longest playlist that had it is as long as the last one at least.
  double available_s = known.duration_s;
  for (const auto& [other, each] : known_)
    available_s += each.uri.empty() ? 0 : each.duration_s;
  removed_ = Removed{number, known.uri, known.byte_range, available_s};
}

void PlaylistChecker::remember(const ToldMediaPlaylist& playlist) {
  media_sequence_ = playlist.media_sequence;
  discontinuity_sequence_ = playlist.discontinuity_sequence;
  target_duration_s_ = playlist.target_duration_s;
  std::optional<int64_t> discontinuities = discontinuities_before(playlist);
  for (const ToldSegment& segment : playlist.segments) {
    if (discontinuities) *discontinuities += segment.discontinuity;
    Known& known = known_[segment.media_sequence];
    known.uri = segment.uri;
    known.duration_s = segment.duration_s;
    known.gap = segment.gap;
    known.byte_range = segment.byte_range;
    if (discontinuities) known.discontinuities = discontinuities;
    if (segment.parts.size() < known.part_uris.size()) continue;
    known.part_uris.clear();
    known.gaps.clear();
    for (size_t i = 0; i < segment.parts.size(); ++i) {
      known.part_uris.push_back(segment.parts[i].uri);
      if (segment.parts[i].gap) known.gaps.insert(i);
    }
  }
  while (known_.size() > kMaxRemembered ||
         (!known_.empty() && known_.begin()->first < playlist.media_sequence))
    known_.erase(known_.begin());
}

}  // namespace longmen::hls
