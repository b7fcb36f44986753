#include "core/hls/media_playlist.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/hls/media_name.h"
#include "core/time/floor_div.h"

namespace longmen::hls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kSkipAfterTargets = 6;    // CAN-SKIP-UNTIL is at least that (§4.4.3.8)
constexpr int kHoldBackTargets = 3;     // HOLD-BACK likewise
constexpr int kHoldBackParts = 3;       // PART-HOLD-BACK should be that
constexpr int kPartsWithinTargets = 3;  // of the end; older ones are told as segments alone

constexpr int64_t kHundredThousandths = 100'000;
enum class Round { kNearest, kUp };

// Seconds with five decimals: an AAC frame is 21.333 ms.
std::string decimal(Flicks duration, Round round = Round::kNearest) {
  constexpr int64_t kUnit = Flicks::period::den / kHundredThousandths;
  const int64_t count = duration.count() + (round == Round::kUp ? kUnit - 1 : kUnit / 2);
  const int64_t units = floor_div(count, kUnit);
  return fmt::format("{}.{:05}", units / kHundredThousandths, units % kHundredThousandths);
}

// To the millisecond, rounded down.
std::string date_time(MediaTime time) {
  const auto ms = std::chrono::floor<milliseconds>(time.time_since_epoch());
  const auto whole = std::chrono::floor<seconds>(ms);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(whole.count())), (ms - whole).count());
}

class Writer {
 public:
  Writer(const MediaPlaylist& playlist, bool skip)
      : playlist_(playlist),
        window_(playlist.window),
        target_(seconds(target_duration_seconds(window_.grid().parts()))) {
    for (const WindowSegment& segment : window_.segments())
      end_ += segment.duration();
    if (skip) skipped_ = count_skippable();
  }

  std::string write() {
    write_header();
    Flicks position{};
    size_t index = 0;
    for (const WindowSegment& segment : window_.segments()) {
      position += segment.duration();
      if (index++ < skipped_) {
        if (segment.init) told_init_ = segment.init->name;
        continue;
      }
      const bool with_parts = position > end_ - kPartsWithinTargets * target_;
      write_segment(segment, with_parts);
    }
    write_hint();
    for (const RenditionReport& report : playlist_.reports)
      line("#EXT-X-RENDITION-REPORT:URI=\"{}\",LAST-MSN={},LAST-PART={}", report.uri,
           report.last.media_sequence, report.last.part);
    return std::move(text_);
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
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

  void write_header() {
    line("#EXTM3U");
    line("#EXT-X-VERSION:{}", kPlaylistVersion);
    line("#EXT-X-TARGETDURATION:{}", target_ / seconds(1));
    line(
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL={},HOLD-BACK={},"
        "PART-HOLD-BACK={}",
        decimal(kSkipAfterTargets * target_), decimal(kHoldBackTargets * target_),
        decimal(kHoldBackParts * playlist_.longest_part, Round::kUp));
    line("#EXT-X-PART-INF:PART-TARGET={}", decimal(window_.grid().longest_part(), Round::kUp));
    line("#EXT-X-MEDIA-SEQUENCE:{}", window_.segments().front().media_sequence);
    line("#EXT-X-DISCONTINUITY-SEQUENCE:{}", window_.discontinuities_gone());
    if (skipped_ > 0) line("#EXT-X-SKIP:SKIPPED-SEGMENTS={}", skipped_);
  }

  void write_segment(const WindowSegment& segment, bool with_parts) {
    if (segment.discontinuity) line("#EXT-X-DISCONTINUITY");
    if (segment.init && segment.init->name != told_init_) {
      told_init_ = segment.init->name;
      line("#EXT-X-MAP:URI=\"{}\"", init_name(told_init_));
    }
    line("#EXT-X-PROGRAM-DATE-TIME:{}", date_time(segment.start));
    HlsNumber number{segment.media_sequence, 0};
    for (const WindowPart& part : segment.parts) {
      if (with_parts)
        line("#EXT-X-PART:DURATION={},URI=\"{}\"{}{}", decimal(part.duration),
             part_name(segment.generation, grid(), number),
             part.independent ? ",INDEPENDENT=YES" : "", part.bytes ? "" : ",GAP=YES");
      ++number.part;
    }
    if (!window_.is_complete(segment)) return;
    // A segment is fetched whole: with one part missing it is not there.
    if (segment.has_gap()) line("#EXT-X-GAP");
    line("#EXTINF:{},", decimal(segment.duration()));
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
  Flicks target_;
  Flicks end_{};  // of all parts, from the window's beginning
  size_t skipped_ = 0;
  std::string told_init_;
  std::string text_;
};

}  // namespace

// A segment of sound lasts up to a frame longer than its pictures, which rounds to the same.
int64_t target_duration_seconds(const HlsGrid& grid) {
  return ceil_div(grid.segment_duration().count(), Flicks(seconds(1)).count());
}

std::string write_media_playlist(const MediaPlaylist& playlist, bool skip) {
  return Writer(playlist, skip).write();
}

}  // namespace longmen::hls
