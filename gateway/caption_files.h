// The captions in a recording's folder: captions.json, and captions-ID.vtt of each track
// (core/recording/caption_track.h). A file is one when captions.json says so; what else has such a
// name, since a process died, goes when the next list is written. Blocking; any thread, but one
// writer a recording.
#pragma once

#include "core/recording/caption_track.h"

namespace longmen {

std::string caption_file_name(std::string_view id);

// A recording without captions.json has none.
Result<std::vector<recording::CaptionTrack>> load_captions(const std::string& folder);
Result<std::vector<captions::Cue>> load_cues(const std::string& folder,
                                             const recording::CaptionTrack& track);

// On the disk; it is one when the list says so.
Result<void> keep_captions(const std::string& folder, const recording::WrittenCaptions& written);
Result<void> keep_caption_list(const std::string& folder,
                               const std::vector<recording::CaptionTrack>& tracks);

// Those of another folder of which `info` shows something, as far as it does; what cannot be read
// is left out.
Result<std::vector<recording::WrittenCaptions>> shown_captions(
    const std::string& folder, const recording::RecordingInfo& info);

}  // namespace longmen
