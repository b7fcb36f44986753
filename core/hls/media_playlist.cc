#include "core/hls/media_playlist.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/hls/media_name.h"
#include "core/recording/part_trailer.h"
#include "core/time/floor_div.h"

namespace longmen::hls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kSkipAfterTargets = 6;    // CAN-SKIP-UNTIL is at least that (§4.4.3.8)
constexpr int kHoldBackTargets = 3;     // HOLD-BACK likewise
constexpr int kHoldBackParts = 3;       // PART-HOLD-BACK should be that
constexpr int kPartsWithinTargets = 3;  // of the end; older ones are told as segments alone

class Writer {
 public:
  Writer(const MediaPlaylist& playlist, bool skip)
      : playlist_(playlist),
        window_(playlist.window),
        past_(skip ? nullptr : playlist.past),
        target_(seconds(target_duration_seconds(window_.grid().parts()))) {
    for (const WindowSegment& segment : window_.segments())
      end_ += segment.duration();
    if (skip) skipped_ = playlist.history ? count_skippable_history() : count_skippable();
  }

  std::string write() {
    if (!past_) write_header();
    if (playlist_.history) return write_event();
    Flicks position{};
    size_t index = 0;
    for (const WindowSegment& segment : window_.segments()) {
      position += segment.duration();
      if (index++ < skipped_) {
        if (segment.init) told_init_ = segment.init->name;
        continue;
      }
      const bool with_parts = position > end_ - kPartsWithinTargets * target_;
      const bool withdrawn = playlist_.withdrawn && playlist_.withdrawn(segment.media_sequence);
      write_segment(segment, with_parts, withdrawn);
    }
    write_hint();
    write_reports();
    return std::move(text_);
  }

  PastText write_past(WrittenPast& past, int64_t limit) {
    write_header();
    const int64_t end = end_of_past();
    PastText written;
    written.anew = past.header != text_ || end < past.end;
    if (written.anew)
      past = {text_, history().first, {}, 0};
    else
      text_.clear();
    go_on_behind(past);
    const int64_t until = std::min(end, past.end + limit);
    for (; past.end < until; ++past.end)
      write_recorded(past.end, history().at(past.end));
    written.whole = until == end;
    past.init = told_init_;
    past.init_number = told_number_;
    written.text = std::move(text_);
    return written;
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }

  const PlaylistHistory& history() const { return *playlist_.history; }

  std::string write_event() {
    const int64_t told = past_ ? past_->end : history().first + static_cast<int64_t>(skipped_);
    const int64_t live = window_.segments().front().media_sequence;
    const int64_t last = window_.segments().back().media_sequence;
    if (past_)
      go_on_behind(*past_);
    else
      know_init_before(told);
    for (int64_t number = told; number < std::min(live, history().end); ++number)
      write_recorded(number, history().at(number));
    for (const WindowSegment& segment : window_.segments()) {
      const int64_t number = segment.media_sequence;
      if (number < told || number >= history().end) continue;
      const ListedSegment listed = history().at(number);
      const bool complete = window_.is_complete(segment);
      const bool with_parts = last - number <= kPartsWithinTargets && history().end > last;
      if (complete && (listed.withdrawn || (segment.has_gap() && listed.there)))
        write_recorded(number, listed);
      else
        write_segment(segment, with_parts, listed.withdrawn);
    }
    if (has_ended(window_, history().end)) {
      line("#EXT-X-ENDLIST");
    } else {
      write_hint();
      write_reports();
    }
    return std::move(text_);
  }

  // Before the window, and before whatever a delta update tells.
  int64_t end_of_past() const {
    const int64_t live = window_.segments().front().media_sequence;
    const int64_t told = history().first + static_cast<int64_t>(count_skippable_history());
    return std::max(history().first, std::min(live, told));
  }

  void go_on_behind(const WrittenPast& past) {
    told_init_ = past.init;
    told_number_ = past.init_number;
  }

  // Of what is skipped, a player has what it was told.
  void know_init_before(int64_t told) {
    const WrittenPast* past = playlist_.past;
    for (int64_t number = told - 1; number >= (past ? past->end : history().first); --number) {
      const ListedSegment listed = history().at(number);
      if (listed.withdrawn) continue;
      if (const WindowSegment* segment = window_.find(number); segment && segment->init) {
        told_init_ = segment->init->name;
        return;
      }
      if (listed.there) {
        told_init_ = recording::init_name_of(listed.init);
        return;
      }
    }
    if (past) told_init_ = past->init;
  }

  void write_recorded(int64_t number, const ListedSegment& listed) {
    const bool there = listed.there && !listed.withdrawn;
    if (listed.discontinuity) line("#EXT-X-DISCONTINUITY");
    if (there && (told_number_ != listed.init || told_init_.empty())) {
      told_number_ = listed.init;
      if (std::string name = recording::init_name_of(listed.init); name != told_init_) {
        told_init_ = std::move(name);
        line("#EXT-X-MAP:URI=\"{}\"", init_name(told_init_));
      }
    }
    const cmaf::TrackGrid& track = window_.grid();
    line("#EXT-X-PROGRAM-DATE-TIME:{}", program_date_time(track.start_of({number, 0})));
    if (!there) line("#EXT-X-GAP");
    line("#EXTINF:{},",
         decimal_seconds(track.start_of({number + 1, 0}) - track.start_of({number, 0})));
    line("{}", segment_name(listed.generation, grid(), number));
  }

  void write_reports() {
    for (const RenditionReport& report : playlist_.reports)
      line("#EXT-X-RENDITION-REPORT:URI=\"{}\",LAST-MSN={},LAST-PART={}", report.uri,
           report.last.media_sequence, report.last.part);
  }

  const HlsGrid& grid() const { return window_.grid().parts(); }

  // Segments that end before the skip boundary.
  size_t count_skippable() const {
    const Flicks boundary = end_ - kSkipAfterTargets * target_;
    Flicks position{};
    size_t count = 0;
    for (const WindowSegment& segment : window_.segments()) {
      position += segment.duration();
      if (position > boundary) break;
      ++count;
    }
    return count;
  }

  // By numbers, which are lengths: all segments have the same, and those of sound nearly so.
  size_t count_skippable_history() const {
    const int64_t boundary = window_.last().media_sequence - (kSkipAfterTargets + 1);
    const int64_t end = std::min(boundary, history().end - (kSkipAfterTargets + 1));
    return static_cast<size_t>(std::max<int64_t>(0, end - history().first));
  }

  void write_header() {
    line("#EXTM3U");
    line("#EXT-X-VERSION:{}", kPlaylistVersion);
    line("#EXT-X-TARGETDURATION:{}", target_ / seconds(1));
    line(
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL={},HOLD-BACK={},"
        "PART-HOLD-BACK={}",
        decimal_seconds(kSkipAfterTargets * target_), decimal_seconds(kHoldBackTargets * target_),
        decimal_seconds(kHoldBackParts * playlist_.longest_part, Round::kUp));
    line("#EXT-X-PART-INF:PART-TARGET={}",
         decimal_seconds(window_.grid().longest_part(), Round::kUp));
    if (playlist_.history) line("#EXT-X-PLAYLIST-TYPE:EVENT");
    line("#EXT-X-MEDIA-SEQUENCE:{}",
         playlist_.history ? history().first : window_.segments().front().media_sequence);
    line("#EXT-X-DISCONTINUITY-SEQUENCE:{}",
         playlist_.history ? 0 : window_.discontinuities_gone());
    if (skipped_ > 0) line("#EXT-X-SKIP:SKIPPED-SEGMENTS={}", skipped_);
    if (!playlist_.history) return;
    for (const DateRange& chapter : history().chapters)
      line("{}", date_range_tag(chapter));
  }

  void write_segment(const WindowSegment& segment, bool with_parts, bool withdrawn) {
    if (segment.discontinuity) line("#EXT-X-DISCONTINUITY");
    if (segment.init && segment.init->name != told_init_) {
      told_init_ = segment.init->name;
      told_number_ = 0;
      line("#EXT-X-MAP:URI=\"{}\"", init_name(told_init_));
    }
    line("#EXT-X-PROGRAM-DATE-TIME:{}", program_date_time(segment.start));
    HlsNumber number{segment.media_sequence, 0};
    for (const WindowPart& part : segment.parts) {
      if (with_parts)
        line("#EXT-X-PART:DURATION={},URI=\"{}\"{}{}", decimal_seconds(part.duration),
             part_name(segment.generation, grid(), number),
             part.independent ? ",INDEPENDENT=YES" : "",
             part.bytes && !withdrawn ? "" : ",GAP=YES");
      ++number.part;
    }
    if (!window_.is_complete(segment)) return;
    // A segment is fetched whole: with one part missing it is not there.
    if (segment.has_gap() || withdrawn) line("#EXT-X-GAP");
    line("#EXTINF:{},", decimal_seconds(segment.duration()));
    line("{}", segment_name(segment.generation, grid(), segment.media_sequence));
  }

  void write_hint() {
    const WindowSegment& last = window_.segments().back();
    const bool complete = window_.is_complete(last);
    line("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{}\"",
         part_name(complete ? playlist_.next_generation : last.generation, grid(),
                   grid().next(window_.last())));
  }

  const MediaPlaylist& playlist_;
  const RenditionWindow& window_;
  const WrittenPast* past_;  // what is written follows it; null: it is all written
  Flicks target_;
  Flicks end_{};  // of all parts, from the window's beginning
  size_t skipped_ = 0;
  std::string told_init_;
  uint64_t told_number_ = 0;  // the same, as far as it is known
  std::string text_;
};

}  // namespace

std::string decimal_seconds(Flicks duration, Round round) {
  constexpr int64_t kHundredThousandths = 100'000;
  constexpr int64_t kUnit = Flicks::period::den / kHundredThousandths;
  const int64_t count = duration.count() + (round == Round::kUp ? kUnit - 1 : kUnit / 2);
  const int64_t units = floor_div(count, kUnit);
  return fmt::format("{}.{:05}", units / kHundredThousandths, units % kHundredThousandths);
}

std::string program_date_time(MediaTime time) {
  const auto ms = std::chrono::floor<milliseconds>(time.time_since_epoch());
  const auto whole = std::chrono::floor<seconds>(ms);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(whole.count())), (ms - whole).count());
}

// A segment of sound lasts up to a frame longer than its pictures, which rounds to the same.
int64_t target_duration_seconds(const HlsGrid& grid) {
  return ceil_div(grid.segment_duration().count(), Flicks(seconds(1)).count());
}

bool has_ended(const RenditionWindow& window, int64_t end) {
  const WindowSegment& last = window.segments().back();
  return end <= last.media_sequence || (end == last.media_sequence + 1 && window.is_complete(last));
}

std::string write_media_playlist(const MediaPlaylist& playlist, bool skip) {
  return Writer(playlist, skip).write();
}

PastText write_past(const MediaPlaylist& playlist, WrittenPast& past, int64_t limit) {
  return Writer(playlist, false).write_past(past, limit);
}

}  // namespace longmen::hls
