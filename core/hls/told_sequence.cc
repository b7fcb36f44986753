#include "core/hls/told_sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace longmen::hls {
namespace {

constexpr double kSequenceRounding_s = 0.001;  // of decimals in a playlist
constexpr int64_t kMostRemovedAtOnce = 3;      // by a server that remembers what it had
constexpr double kPartTargets = 3;             // for which a part is to be had without its tag

bool same_range(const std::optional<ToldRange>& one, const std::optional<ToldRange>& other) {
  if (one.has_value() != other.has_value()) return false;
  return !one || (one->length == other->length && one->offset == other->offset);
}

// Then no map is needed to read it, and the one in front of it may go with what it was of.
bool has_no_media(const ToldSegment& segment) {
  return segment.gap ||
         (!segment.parts.empty() && std::ranges::all_of(segment.parts, &ToldPart::gap));
}

}  // namespace

void ToldSequence::handle(const ToldMediaPlaylist& playlist) {
  check_numbers(playlist);
  check_end(playlist);
  check_removal(playlist);
  check_date_ranges(playlist);
  std::optional<int64_t> discontinuities = discontinuities_before(playlist);
  for (const ToldSegment& segment : playlist.segments) {
    if (discontinuities) *discontinuities += segment.discontinuity;
    const auto known = known_.find(segment.media_sequence);
    // A delta update leaves out a map that is in front of what it tells.
    const bool map_known = !playlist.skipped || !segment.map_uri.empty();
    if (known != known_.end()) check_same(segment, known->second, map_known, discontinuities);
  }
  note_removed(playlist);
  note_removed_parts(playlist);
  remember(playlist);
}

std::optional<int64_t> ToldSequence::discontinuities_of(int64_t media_sequence) const {
  const auto known = known_.find(media_sequence);
  return known == known_.end() ? std::nullopt : known->second.discontinuities;
}

// Of those that a delta update leaves out it does not tell: they are known from before, or not.
std::optional<int64_t> ToldSequence::discontinuities_before(
    const ToldMediaPlaylist& playlist) const {
  if (!playlist.skipped) return playlist.discontinuity_sequence;
  return discontinuities_of(playlist.first_told() - 1);
}

// ---- what stays

void ToldSequence::check_numbers(const ToldMediaPlaylist& playlist) {
  if (target_duration_s_ && playlist.target_duration_s &&
      *target_duration_s_ != *playlist.target_duration_s)
    violation("6.2.1",
              fmt::format("EXT-X-TARGETDURATION changed from {} to {}", *target_duration_s_,
                          *playlist.target_duration_s),
              playlist.line_of("#EXT-X-TARGETDURATION"));
  if (media_sequence_ && playlist.media_sequence < *media_sequence_)
    violation("4.4.3.2", fmt::format("EXT-X-MEDIA-SEQUENCE went back from {} to {}",
                                     *media_sequence_, playlist.media_sequence));
  if (media_sequence_ && playlist.discontinuity_sequence < discontinuity_sequence_)
    violation("4.4.3.3", fmt::format("EXT-X-DISCONTINUITY-SEQUENCE went back from {} to {}",
                                     discontinuity_sequence_, playlist.discontinuity_sequence));
  if (!known_.empty() && playlist.first_told() > known_.rbegin()->first + 1)
    findings_.advice("6.2.2", fmt::format("segments {} to {} were never told: the playlist jumped",
                                          known_.rbegin()->first + 1, playlist.first_told() - 1));
}

// At its end a playlist only grows, until it has ended.
void ToldSequence::check_end(const ToldMediaPlaylist& playlist) {
  if (ended_ && !playlist.ended) violation("4.4.3.4", "EXT-X-ENDLIST was there and is not");
  if (known_.empty() || playlist.segments.empty()) return;
  const int64_t last = playlist.segments.back().media_sequence;
  const int64_t known = known_.rbegin()->first;
  if (ended_ && last > known)
    violation("4.4.3.4", fmt::format("segment {} was added behind EXT-X-ENDLIST", last));
  if (last < known && !playlist.type.empty())
    violation("6.2.1", fmt::format("segments {} to {} have gone from a playlist of the type {}",
                                   last + 1, known, playlist.type));
}

void ToldSequence::check_same(const ToldSegment& segment, const Known& known, bool map_known,
                              std::optional<int64_t> discontinuities) {
  const int64_t number = segment.media_sequence;
  const bool both_whole = !segment.uri.empty() && !known.uri.empty();
  if (both_whole && segment.uri != known.uri)
    violation("6.2.1", fmt::format("segment {} was {} and is {}", number, known.uri, segment.uri),
              segment.line);
  if (both_whole && !same_range(segment.byte_range, known.byte_range))
    violation("6.2.1", fmt::format("segment {} is another range of bytes than before", number),
              segment.line);
  if (both_whole && std::abs(segment.duration_s - known.duration_s) > kSequenceRounding_s)
    violation("6.2.1",
              fmt::format("segment {} lasted {} s and lasts {} s", number, known.duration_s,
                          segment.duration_s),
              segment.line);
  if (map_known && known.map && !has_no_media(segment) &&
      (segment.map_uri != known.map->first || !same_range(segment.map_range, known.map->second)))
    violation("6.2.1",
              fmt::format("segment {} had the EXT-X-MAP {} and has {}", number, known.map->first,
                          segment.map_uri),
              segment.line);
  if (discontinuities && known.discontinuities && *discontinuities != *known.discontinuities)
    violation("6.2.2",
              fmt::format("segment {} had discontinuity sequence {} and has {}", number,
                          *known.discontinuities, *discontinuities),
              segment.line);
  check_same_date(segment, known);
  check_same_parts(segment, known);
}

void ToldSequence::check_same_date(const ToldSegment& segment, const Known& known) {
  if (segment.date_s && known.date_s &&
      std::abs(*segment.date_s - *known.date_s) > kSequenceRounding_s)
    violation("6.2.1",
              fmt::format("the date of segment {} has moved by {:.3f} s", segment.media_sequence,
                          *segment.date_s - *known.date_s),
              segment.line);
  // Who writes dates only where they are needed now does so with every segment: it is told once.
  if (segment.has_date == known.has_date || std::exchange(dates_come_and_go_, true)) return;
  violation("6.2.1",
            fmt::format("segment {} {} EXT-X-PROGRAM-DATE-TIME", segment.media_sequence,
                        known.has_date ? "has lost its" : "is told again, now with"),
            segment.line);
}

void ToldSequence::check_same_parts(const ToldSegment& segment, const Known& known) {
  const int64_t number = segment.media_sequence;
  const size_t both = std::min(segment.parts.size(), known.parts.size());
  for (size_t i = 0; i < both; ++i) {
    const ToldPart& part = segment.parts[i];
    if (part.uri != known.parts[i].uri)
      violation("6.2.1",
                fmt::format("part {}.{} was {} and is {}", number, i, known.parts[i].uri, part.uri),
                part.line);
    if (part.gap != known.parts[i].gap)
      violation("6.2.1",
                fmt::format("part {}.{} {} a gap", number, i,
                            part.gap ? "was none and is" : "is no more"),
                part.line);
  }
  if (!segment.parts.empty() && segment.parts.size() < known.parts.size())
    violation("6.2.1", fmt::format("segment {} had {} parts and has {}", number, known.parts.size(),
                                   segment.parts.size()));
}

// A range may be told with more attributes than before, and not with others.
void ToldSequence::check_date_ranges(const ToldMediaPlaylist& playlist) {
  for (const auto& [id, attributes] : playlist.date_ranges) {
    if (date_ranges_.size() >= kMaxDateRanges && !date_ranges_.contains(id)) continue;
    ToldAttributes& known = date_ranges_[id];
    for (const auto& [name, value] : attributes) {
      const auto before = known.find(name);
      if (before != known.end() && before->second != value)
        violation("4.4.5.1", fmt::format("the date range \"{}\" had the {} {} and has {}", id, name,
                                         before->second, value));
      known[name] = value;
    }
  }
}

// ---- what goes

void ToldSequence::check_removal(const ToldMediaPlaylist& playlist) {
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
  if (skipped == 0 && left_s < 3 * target - kSequenceRounding_s)
    violation("6.2.2", fmt::format("a segment was removed, and {:.3f} s are left, less than three "
                                   "target durations",
                                   left_s));
}

void ToldSequence::note_removed(const ToldMediaPlaylist& playlist) {
  removed_.reset();
  const auto end = known_.lower_bound(playlist.media_sequence);
  if (end == known_.begin() || known_.rbegin()->first < playlist.media_sequence) return;
  if (media_sequence_ && playlist.media_sequence - *media_sequence_ > kMostRemovedAtOnce) {
    forgotten_until_ = known_.rbegin()->first;
    return findings_.advice(
        "6.2.2", fmt::format("{} segments left the playlist at once, as of a server that "
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

void ToldSequence::note_removed_parts(const ToldMediaPlaylist& playlist) {
  removed_part_.reset();
  for (const ToldSegment& segment : playlist.segments) {
    const auto found = known_.find(segment.media_sequence);
    if (!segment.parts.empty() || found == known_.end()) continue;
    Known& known = found->second;
    if (known.parts.empty() || std::exchange(known.parts_gone, true)) continue;
    if (segment.media_sequence <= forgotten_until_ || known.parts.back().gap) continue;
    removed_part_ =
        Removed{segment.media_sequence, known.parts.back().uri, known.parts.back().byte_range,
                kPartTargets * static_cast<double>(playlist.target_duration_s.value_or(0))};
  }
}

// ---- what is known

void ToldSequence::remember(const ToldMediaPlaylist& playlist) {
  media_sequence_ = playlist.media_sequence;
  discontinuity_sequence_ = playlist.discontinuity_sequence;
  target_duration_s_ = playlist.target_duration_s;
  ended_ = ended_ || playlist.ended;
  std::optional<int64_t> discontinuities = discontinuities_before(playlist);
  for (const ToldSegment& segment : playlist.segments) {
    if (discontinuities) *discontinuities += segment.discontinuity;
    Known& known = known_[segment.media_sequence];
    if (!playlist.skipped || !segment.map_uri.empty())
      known.map.emplace(segment.map_uri, segment.map_range);
    if (discontinuities) known.discontinuities = discontinuities;
    remember(segment, known);
  }
  while (known_.size() > kMaxRemembered ||
         (!known_.empty() && known_.begin()->first < playlist.media_sequence))
    known_.erase(known_.begin());
}

void ToldSequence::remember(const ToldSegment& segment, Known& known) {
  known.uri = segment.uri;
  known.duration_s = segment.duration_s;
  known.gap = segment.gap;
  known.byte_range = segment.byte_range;
  known.has_date = segment.has_date;
  known.date_s = segment.date_s;
  if (segment.parts.size() < known.parts.size()) return;
  known.parts.clear();
  for (const ToldPart& part : segment.parts)
    known.parts.push_back({part.uri, part.byte_range, part.gap});
}

}  // namespace longmen::hls
