// What a replay lists, for all renditions alike, so that their timelines are one: which segment
// numbers, where a long hole was cut out, and where decoding must begin anew. A number of which
// some rendition has something is listed, and a gap in those that have nothing of it; a hole in all
// of them is listed when it is short, and cut out when it is longer than kMaxGap. What is withdrawn
// is a hole. While something is still written, each rendition is told for itself: what is listed
// ends where the slowest one does, of those that are not kSegmentsToWait behind, so that nothing is
// a gap first and media later. Of what goes on, both the outline and the playlist can be taken
// further from where they were, and then cost their end. Pure. Bound: kMaxSegments
// (core/recording/recording_info.h).
#pragma once

#include <optional>
#include <vector>

#include "core/hls/media_playlist.h"
#include "core/recording/recorded_track.h"
#include "core/recording/recording_info.h"

namespace longmen::recording {

// Of a rendition's segment what is shown, of which playable_parts() are played: in a playlist and
// in a file alike. Null: nothing of it.
const RecordedSegment* find_shown(const RecordingInfo& info, const RecordedTrack& recorded,
                                  int64_t media_sequence);

struct OutlineEntry {
  int64_t media_sequence = 0;
  bool discontinuity = false;
  bool dated = false;  // what is before it does not say when it is
};

class ReplayOutline {
 public:
  static constexpr int64_t kMaxGap = 10;          // segments
  static constexpr int64_t kSegmentsToWait = 10;  // for a rendition

  ReplayOutline() = default;  // of nothing yet
  // `tracks` as in `info`. `writing`: more may come, which is known when it has ended, too.
  ReplayOutline(const RecordingInfo& info, const std::vector<RecordedTrack>& tracks, bool writing);

  // Of what is being written: settles at most `limit` numbers more, before `end`, and lists what is
  // behind them, which may still change. False: it did not get that far. Holds for as long as
  // nothing changes but from `end` on.
  bool grow(const RecordingInfo& info, const std::vector<RecordedTrack>& tracks, int64_t end,
            int64_t limit);
  // So many of the entries stay as they are.
  size_t settled() const { return settled_.entries; }

  const std::vector<OutlineEntry>& entries() const { return entries_; }
  // Of all that is listed.
  Flicks duration() const { return duration_; }
  // Where an instant is on that timeline; of a hole that was cut out, what is behind it. Nothing
  // when nothing is.
  std::optional<Flicks> position_of(const RecordingInfo& info, MediaTime at) const;
  int64_t gaps() const { return gaps_; }  // numbers that no rendition has, cut out or not
  // Nothing will be listed behind it.
  bool is_complete() const { return complete_; }

 private:
  struct Place {
    int64_t next = 0;
    int64_t hole = 0;  // numbers before it that nobody has
    int64_t gaps = 0;
    size_t entries = 0;
    std::vector<std::optional<uint64_t>> inits;  // by track
  };
  struct Bounds;
  static Bounds bounds_of(const std::vector<RecordedTrack>& tracks);
  void go_on(const RecordingInfo& info, const std::vector<RecordedTrack>& tracks, int64_t first,
             int64_t end, Place& at);
  void list(const RecordingInfo& info, const std::vector<RecordedTrack>& tracks,
            const Bounds& bounds, bool writing);

  Place settled_;
  std::vector<OutlineEntry> entries_;
  Flicks duration_{};
  int64_t gaps_ = 0;
  bool complete_ = true;
};

// What of such a playlist is written for good: its header and what is settled of its outline.
struct WrittenReplay {
  std::string header;
  size_t entries = 0;
  // Where its writer is.
  size_t undated = 0;
  std::optional<uint64_t> init;
};

// The media playlist of a rendition of a recording: a VOD one, or, until it is complete, an EVENT
// one without an end. A segment whose end is missing is told as the parts that are there. `past`:
// what is written already, null: nothing. Source: draft-pantos-hls-rfc8216bis §4.4.3.5, §4.4.4.
std::string write_replay_playlist(const RecordingInfo& info, const ReplayOutline& outline,
                                  size_t track, const RecordedTrack& recorded,
                                  const WrittenReplay* past = nullptr);
// Takes `past` at most `limit` entries further, as hls::write_past().
hls::PastText write_replay_past(const RecordingInfo& info, const ReplayOutline& outline,
                                size_t track, const RecordedTrack& recorded, WrittenReplay& past,
                                size_t limit);

}  // namespace longmen::recording
