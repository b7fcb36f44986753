// Captions of a replay as HLS has them: a media playlist of WebVTT segments of a minute, cut where
// the media have a discontinuity, so that their timelines are one. A segment has every cue that is
// to be seen in it, whole, with times of the replay's own timeline, and says where that lies on the
// media's (X-TIMESTAMP-MAP): MPEG-2 timestamps have 33 bits, those of the media begin in 1970. Of a
// replay that is complete alone, which may have a target duration of its own (§6.2.4). Pure.
// Source: RFC 8216 §3.5, §6.2.4; draft-pantos-hls-rfc8216bis §3.1.4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/recording/caption_track.h"

namespace longmen::recording {

inline constexpr int kCaptionSegmentSeconds = 60;

std::string write_caption_playlist(const RecordingInfo& info, const ReplayOutline& outline);

// "12.vtt" is 12; nothing when it is no such name.
std::optional<size_t> caption_segment_number(std::string_view name);
// `cues` as placed_cues() gives them. Nothing when there is no such segment.
std::optional<std::string> write_caption_segment(const RecordingInfo& info,
                                                 const ReplayOutline& outline, size_t number,
                                                 const std::vector<captions::Cue>& cues);

}  // namespace longmen::recording
