// Which pictures of a recording are made small, for its seek bar and for lists. The line of time is
// divided into slots of `spacing` segments, from the epoch on; a slot's still is the first keyframe
// in it that is shown. So a slot of twice the length has the still of its first half, and a session
// that grows too long for its bound takes every other one of what it has. Decides which are wanted,
// which of them is the recording's poster, and how players are told: sheets of 5 x 5 stills and a
// WebVTT track that names the places in them. What is withdrawn is in none of it. Pure.
// Bounds: kMaxSlots a recording. Source: Media Fragments URI (W3C) §4.2.2 (xywh).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/recording/recorded_track.h"
#include "core/recording/recording_info.h"
#include "core/recording/still_pack.h"

namespace longmen::recording {

inline constexpr int64_t kMaxSlots = 720;  // two hours of ten seconds each
inline constexpr int kSheetSide = 5;
inline constexpr int64_t kStillsInSheet = int64_t{kSheetSide} * kSheetSide;

// Indexes into the info's tracks: the smallest pictures there are, and the smallest ones that are
// not smaller than a poster. Nothing: it has sound only.
std::optional<size_t> still_track(const RecordingInfo& info);
std::optional<size_t> poster_track(const RecordingInfo& info);

// The first of such pictures of each slot, by their segments' media sequence numbers.
struct StillPlan {
  int64_t spacing = 1;  // segments
  std::vector<int64_t> wanted;
};
// `every_s`: seconds between stills, 1 or more; doubled until kMaxSlots are enough.
StillPlan plan_stills(const RecordingInfo& info, const RecordedTrack& track, int every_s);

// The segment of the poster: of the stills of the first minute one that is not dark, moves and has
// most in it, or of later ones when all of them are dark. A picture that stands still is a slate,
// or slides; a slate's own frames take nothing. Nothing: no still is there yet.
std::optional<int64_t> choose_poster(const RecordingInfo& info, const RecordedTrack& track,
                                     const StillPlan& plan, const StillIndex& made);

// A sheet's name, "10-17672256.jpg": spacing, and slots divided by kStillsInSheet.
struct SheetName {
  int64_t spacing = 0;
  int64_t number = 0;
  bool operator==(const SheetName&) const = default;
};
std::string sheet_name(const SheetName& name);
std::optional<SheetName> read_sheet_name(std::string_view text);

// What stands in a sheet, kStillsInSheet of them, nothing where there is none; all are none when
// nothing is planned with that spacing.
std::vector<std::optional<int64_t>> stills_of_sheet(const StillPlan& plan, const StillIndex& made,
                                                    const SheetName& name);

// Where a segment's start is on the player's timeline; nothing: nowhere.
using PositionOf = std::function<std::optional<Flicks>(int64_t media_sequence)>;
// Of what is made. `folder`: in front of the sheets' names. A sheet that has got more is another
// one for caches.
std::string write_thumbnail_track(const StillPlan& plan, const StillIndex& made,
                                  const PositionOf& position_of, Flicks duration,
                                  std::string_view folder);

}  // namespace longmen::recording
