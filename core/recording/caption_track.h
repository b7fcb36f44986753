// The captions of a recording: a track a language, of which captions.json in its folder tells and
// whose cues are a file beside it. What people give them counts from the start of the replay as it
// is played at that moment. They are kept as instants of the recording, though, so that a trim that
// comes later, a withdrawn range, a hole that is cut out or filled, and a clip need no other file:
// whoever is shown captions gets what falls on what is shown, at its place on the replay's own
// timeline. A cue of which anything falls on a withdrawn segment is shown nowhere; one that reaches
// over the end of what is shown is cut there. Pure. Bounds: kMaxCaptionTracks,
// kMaxCaptionLabelBytes, and those of core/captions/caption_file.h.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/captions/caption_file.h"
#include "core/recording/replay_outline.h"

namespace longmen::recording {

inline constexpr size_t kMaxCaptionTracks = 16;  // of a recording
inline constexpr size_t kMaxCaptionLabelBytes = 60;

struct CaptionTrack {
  std::string language;  // core/base/language_tag.h; a recording has one track of each
  std::string label;     // "中文", as players list it; no other track has it
  std::string id;        // of its label and cues: other ones have another
  int64_t zero_ms = 0;   // the instant from which its file counts
  int cues = 0;
  uint64_t bytes = 0;  // of its file
  std::string sha256;  // of its file, hexadecimal
  int64_t added_ms = 0;
  bool operator==(const CaptionTrack&) const = default;
};

// The words say what is allowed. A label stands in playlists between quotation marks.
Result<void> check_caption_label(std::string_view label);

boost::json::object to_json(const CaptionTrack& track);
// {"captions":[…]}
std::string write_caption_list(const std::vector<CaptionTrack>& tracks);
// What is none is an error, and so is too much.
Result<std::vector<CaptionTrack>> read_caption_list(std::string_view json);

// A track with its file, WebVTT whose times count from `zero_ms`.
struct WrittenCaptions {
  CaptionTrack track;
  std::string file;
};
Result<WrittenCaptions> write_captions(std::string_view language, std::string_view label,
                                       int64_t zero_ms, const std::vector<captions::Cue>& cues);

// From where the captions of a recording count: its first segment.
int64_t caption_zero_ms(const RecordingInfo& info);

// From the replay's own timeline to the instants of the recording, since `zero_ms`. A cue that
// begins behind its end belongs to something else: the words say which.
Result<std::vector<captions::Cue>> cues_of_replay(const RecordingInfo& info,
                                                  const ReplayOutline& outline, int64_t zero_ms,
                                                  const std::vector<captions::Cue>& cues);
// Those that somebody may see, still since `zero_ms`.
std::vector<captions::Cue> shown_cues(const RecordingInfo& info, int64_t zero_ms,
                                      const std::vector<captions::Cue>& cues);
// The same on the replay's own timeline.
std::vector<captions::Cue> placed_cues(const RecordingInfo& info, const ReplayOutline& outline,
                                       int64_t zero_ms, const std::vector<captions::Cue>& cues);

}  // namespace longmen::recording
