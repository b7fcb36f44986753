#include "core/recording/replay_outline.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/hls/media_name.h"
#include "core/hls/media_playlist.h"
#include "core/recording/chapter_track.h"

namespace longmen::recording {
namespace {

constexpr size_t kEntriesPerDate = 60;

class Writer {
 public:
  Writer(const RecordingInfo& info, size_t track) : info_(info), grid_(info.track_grid(track)) {}

  std::string write(const ReplayOutline& outline, const RecordedTrack& recorded,
                    const WrittenReplay* past) {
    if (past)
      go_on_behind(*past);
    else
      write_header(outline);
    write_entries(outline, recorded, outline.entries().size());
    if (outline.is_complete()) line("#EXT-X-ENDLIST");
    return std::move(text_);
  }

  hls::PastText write_past(const ReplayOutline& outline, const RecordedTrack& recorded,
                           WrittenReplay& past, size_t limit) {
    write_header(outline);
    hls::PastText written;
    written.anew = past.header != text_ || past.entries > outline.settled();
    if (written.anew)
      past = {text_, 0, 0, {}};
    else
      text_.clear();
    go_on_behind(past);
    write_entries(outline, recorded, std::min(outline.settled(), past.entries + limit));
    written.whole = next_ == outline.settled();
    past.entries = next_;
    past.undated = undated_;
    past.init = told_init_;
    written.text = std::move(text_);
    return written;
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }

  void go_on_behind(const WrittenReplay& past) {
    next_ = past.entries;
    undated_ = past.undated;
    told_init_ = past.init;
  }

  void write_header(const ReplayOutline& outline) {
    line("#EXTM3U");
    line("#EXT-X-VERSION:{}", hls::kPlaylistVersion);
    line("#EXT-X-TARGETDURATION:{}", hls::target_duration_seconds(grid_.parts()));
    line("#EXT-X-PLAYLIST-TYPE:{}", outline.is_complete() ? "VOD" : "EVENT");
    line("#EXT-X-MEDIA-SEQUENCE:0");
    line("#EXT-X-INDEPENDENT-SEGMENTS");
    tell_chapters(outline);
  }

  void write_entries(const ReplayOutline& outline, const RecordedTrack& recorded, size_t end) {
    for (; next_ < end; ++next_) {
      const OutlineEntry& entry = outline.entries()[next_];
      if (entry.discontinuity) line("#EXT-X-DISCONTINUITY");
      const RecordedSegment* segment = find_shown(info_, recorded, entry.media_sequence);
      if (segment) tell_init(*segment);
      if (entry.dated || undated_++ % kEntriesPerDate == 0)
        line("#EXT-X-PROGRAM-DATE-TIME:{}",
             hls::program_date_time(grid_.start_of({entry.media_sequence, 0})));
      if (segment && !segment->is_whole())
        tell_parts(*segment);
      else
        tell_segment(entry.media_sequence, segment);
    }
  }

  // At instants that are listed, which players can find.
  void tell_chapters(const ReplayOutline& outline) {
    const HlsGrid grid = info_.grid();
    for (const PlacedChapter& placed : place_chapters(info_, outline)) {
      hls::DateRange range = date_range_of(placed.chapter);
      const int64_t index = placed.start / grid.segment_duration();
      const int64_t number = outline.entries()[static_cast<size_t>(index)].media_sequence;
      range.start = grid.segment_start(number) + placed.start % grid.segment_duration();
      line("{}", hls::date_range_tag(range));
    }
  }

  void tell_init(const RecordedSegment& segment) {
    if (told_init_ == segment.init) return;
    told_init_ = segment.init;
    line("#EXT-X-MAP:URI=\"{}\"", hls::init_name(init_name_of(segment.init)));
  }

  void tell_segment(int64_t number, const RecordedSegment* segment) {
    if (!segment) line("#EXT-X-GAP");
    const Flicks duration = grid_.start_of({number + 1, 0}) - grid_.start_of({number, 0});
    line("#EXTINF:{},", hls::decimal_seconds(duration));
    line("{}",
         hls::segment_name(segment ? segment->generation : Generation{}, grid_.parts(), number));
  }

  void tell_parts(const RecordedSegment& segment) {
    for (int part = 0; part < segment.playable_parts(); ++part) {
      const HlsNumber number{segment.media_sequence, part};
      line("#EXTINF:{},", hls::decimal_seconds(grid_.duration_of(number)));
      line("{}", hls::part_name(segment.generation, grid_.parts(), number));
    }
  }

  const RecordingInfo& info_;
  cmaf::TrackGrid grid_;
  size_t next_ = 0;  // of the outline's entries
  size_t undated_ = 0;
  std::optional<uint64_t> told_init_;
  std::string text_;
};

}  // namespace

const RecordedSegment* find_shown(const RecordingInfo& info, const RecordedTrack& recorded,
                                  int64_t media_sequence) {
  const RecordedSegment* segment = recorded.find(media_sequence);
  const bool shown = segment && segment->playable_parts() > 0 && !info.is_withdrawn(media_sequence);
  return shown ? segment : nullptr;
}

struct ReplayOutline::Bounds {
  int64_t first = INT64_MAX;
  int64_t slowest = INT64_MAX;
  int64_t furthest = 0;
};
ReplayOutline::Bounds ReplayOutline::bounds_of(const std::vector<RecordedTrack>& tracks) {
  Bounds bounds;
  for (const RecordedTrack& track : tracks) {
    if (track.segments().empty()) continue;
    bounds.first = std::min(bounds.first, track.segments().begin()->first);
    bounds.furthest = std::max(bounds.furthest, track.segments().rbegin()->first + 1);
  }
  for (const RecordedTrack& track : tracks) {
    const int64_t end =
        track.segments().empty() ? bounds.first : track.segments().rbegin()->first + 1;
    if (end > bounds.furthest - kSegmentsToWait) bounds.slowest = std::min(bounds.slowest, end);
  }
  return bounds;
}

ReplayOutline::ReplayOutline(const RecordingInfo& info, const std::vector<RecordedTrack>& tracks,
                             bool writing) {
  list(info, tracks, bounds_of(tracks), writing);
}

bool ReplayOutline::grow(const RecordingInfo& info, const std::vector<RecordedTrack>& tracks,
                         int64_t end, int64_t limit) {
  entries_.resize(settled_.entries);
  const Bounds bounds = bounds_of(tracks);
  // Never further than the slowest rendition can be by then.
  const int64_t settles = std::min({end, bounds.furthest - kSegmentsToWait, info.end_shown()});
  const int64_t from = std::max({settled_.next, bounds.first, info.first_shown()});
  if (from < settles) {
    const int64_t until = std::min(settles, from + limit);
    go_on(info, tracks, from, until, settled_);
    if (until < settles) return false;
  }
  list(info, tracks, bounds, /*writing=*/true);
  return true;
}

void ReplayOutline::list(const RecordingInfo& info, const std::vector<RecordedTrack>& tracks,
                         const Bounds& bounds, bool writing) {
  const int64_t end = std::min(writing ? bounds.slowest : bounds.furthest, info.end_shown());
  complete_ = !writing || (info.end_ms != 0 && end == info.end_shown());
  Place at = settled_;
  go_on(info, tracks, std::max({at.next, bounds.first, info.first_shown()}), end, at);
  gaps_ = at.gaps;
  duration_ = static_cast<int64_t>(entries_.size()) * info.grid().segment_duration();
}

void ReplayOutline::go_on(const RecordingInfo& info, const std::vector<RecordedTrack>& tracks,
                          int64_t first, int64_t end, Place& at) {
  at.inits.resize(tracks.size());
  for (int64_t number = first; number < end; ++number) {
    OutlineEntry entry{number, false, false};
    bool there = false;
    for (size_t i = 0; i < tracks.size(); ++i) {
      const RecordedSegment* segment = find_shown(info, tracks[i], number);
      if (!segment) continue;
      there = true;
      if (at.inits[i] && (at.inits[i] != segment->init || segment->discontinuity))
        entry.discontinuity = true;
      at.inits[i] = segment->init;
    }
    at.next = number + 1;
    if (!there) {
      ++at.hole;
      continue;
    }
    const bool begins = entries_.empty();
    if (!begins && at.hole > kMaxGap) entry.discontinuity = entry.dated = true;
    if (!begins && at.hole <= kMaxGap) {
      for (int64_t gap = number - at.hole; gap < number; ++gap)
        entries_.push_back({gap, false, false});
    }
    if (!begins) at.gaps += at.hole;
    at.hole = 0;
    entries_.push_back(entry);
  }
  at.entries = entries_.size();
}

std::optional<Flicks> ReplayOutline::position_of(const RecordingInfo& info, MediaTime at) const {
  const HlsGrid grid = info.grid();
  const int64_t number = grid.number_at(at).media_sequence;
  const auto entry = std::ranges::lower_bound(entries_, number, {}, &OutlineEntry::media_sequence);
  if (entry == entries_.end()) return std::nullopt;
  const Flicks start = (entry - entries_.begin()) * grid.segment_duration();
  return entry->media_sequence == number ? start + (at - grid.segment_start(number)) : start;
}

std::string write_replay_playlist(const RecordingInfo& info, const ReplayOutline& outline,
                                  size_t track, const RecordedTrack& recorded,
                                  const WrittenReplay* past) {
  return Writer(info, track).write(outline, recorded, past);
}

hls::PastText write_replay_past(const RecordingInfo& info, const ReplayOutline& outline,
                                size_t track, const RecordedTrack& recorded, WrittenReplay& past,
                                size_t limit) {
  return Writer(info, track).write_past(outline, recorded, past, limit);
}

}  // namespace longmen::recording
