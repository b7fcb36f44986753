// The chapters of a recording as players are told of them: where on a replay's timeline each
// begins, which is not when it was when a hole was cut out in front of it; as a WebVTT track, as
// the JSON that Apple's players read, and as date ranges in media playlists
// (core/hls/date_range.h). A chapter in a range that is withdrawn is told nowhere; one in a hole
// begins behind it. Pure. Source: WebVTT (W3C) §1.1, §4; Apple, "Providing JavaScript Object
// Notation (JSON) Chapters".
#pragma once

#include <string>
#include <vector>

#include "core/hls/date_range.h"
#include "core/recording/replay_outline.h"

namespace longmen::recording {

// How far before the start a chapter may be marked that means the start.
inline constexpr int64_t kChapterSlackMs = 2'000;

// Those that somebody may be told of: neither withdrawn nor of another time.
std::vector<RecordedChapter> shown_chapters(const RecordingInfo& info);
hls::DateRange date_range_of(const RecordedChapter& chapter);

struct PlacedChapter {
  Flicks start{}, end{};  // on the replay's timeline; the next one's start, or the end
  RecordedChapter chapter;
};
// In order; of those that begin at the same place the last one.
std::vector<PlacedChapter> place_chapters(const RecordingInfo& info, const ReplayOutline& outline);

std::string write_chapter_track(const std::vector<PlacedChapter>& chapters);
std::string write_chapter_json(const std::vector<PlacedChapter>& chapters);

}  // namespace longmen::recording
