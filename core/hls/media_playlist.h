// The text of a rendition's live media playlist: low-latency parts near its end, a hint at the next
// one, gaps, discontinuities, the other renditions' ends; whole, or as a delta update without the
// old segments; and the same from a session's start on, for rewinding: nothing leaves that one, so
// what was recorded stands before the window, and what neither has is a gap. It writes what a
// window and a history hold, and decides only what of it is told. Pure. Source:
// draft-pantos-hls-rfc8216bis §4.4.3, §4.4.4, §4.4.5, §6.2.5.1.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/hls/date_range.h"
#include "core/hls/rendition_window.h"

namespace longmen::hls {

inline constexpr int kPlaylistVersion = 9;  // §8: EXT-X-SKIP

struct RenditionReport {
  std::string uri;
  HlsNumber last;
};

// What is known of a segment that is listed as a whole: recorded, and older than the window or a
// gap in it.
struct ListedSegment {
  Generation generation;
  uint64_t init = 0;  // its name (core/recording/part_trailer.h)
  bool there = false;
  bool withdrawn = false;
  bool discontinuity = false;
};

// What makes a live playlist one that can be rewound: an EVENT playlist from a session's start.
struct PlaylistHistory {
  int64_t first = 0;        // the session's first segment
  int64_t end = INT64_MAX;  // one behind its last one, when it has ended
  std::function<ListedSegment(int64_t media_sequence)> at;
  std::vector<DateRange> chapters;  // in a delta update, too: none may be skipped (§4.4.5.2)
};

// What of such a playlist is written for good: its header and what was recorded before the window.
// It holds while the history tells the same of that. So a list of hours costs its end.
struct WrittenPast {
  std::string header;
  int64_t end = 0;  // the first segment that is not of it
  // Where its writer is.
  std::string init;
  uint64_t init_number = 0;
};

struct MediaPlaylist {
  const RenditionWindow& window;  // not empty
  // The longest part of all renditions: how far from the end players stay follows from it.
  Flicks longest_part{};
  // Of the segment after the last one; when that is complete, the hint is at its part 0.
  Generation next_generation;
  std::vector<RenditionReport> reports;      // of every other rendition
  const PlaylistHistory* history = nullptr;  // null: the window alone
  // Of that history, as write_past() left it: only what follows it is written, and of what a delta
  // update leaves out nothing older is looked at.
  const WrittenPast* past = nullptr;
  // Without a history: whether nobody is to see a segment, which is a gap then; may be empty.
  std::function<bool(int64_t media_sequence)> withdrawn;
};

// Whether a playlist whose last segment is before `end` has all of them by now: it is told to have
// ended, and grows no more. `window` is not empty.
bool has_ended(const RenditionWindow& window, int64_t end);

// Seconds with five decimals: an AAC frame is 21.333 ms.
enum class Round { kNearest, kUp };
std::string decimal_seconds(Flicks duration, Round round = Round::kNearest);
// To the millisecond, rounded down.
std::string program_date_time(MediaTime time);

// The same in every rendition.
int64_t target_duration_seconds(const HlsGrid& grid);

// `skip`: as a delta update, when there is something to leave out. Not of what has ended
// (§6.2.5.1).
std::string write_media_playlist(const MediaPlaylist& playlist, bool skip);

// Takes `past` as far as it goes by now, but at most `limit` segments further, from where it was,
// or anew where it does not hold any more: then `text` stands for all that was written before. Of a
// playlist with a history.
struct PastText {
  bool anew = false;
  bool whole = false;  // as far as it goes
  std::string text;
};
PastText write_past(const MediaPlaylist& playlist, WrittenPast& past, int64_t limit);

}  // namespace longmen::hls
