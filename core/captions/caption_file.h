// Captions as people upload them, WebVTT or SubRip, read into cues and written again as plain
// WebVTT: what goes out is ours, whatever came in. Kept are times, the settings that place a cue,
// and of its markup <b> <i> <u> <c> <v> <lang> <ruby> <rt>; STYLE, REGION and NOTE blocks, classes,
// time stamps in cues and everything else go. Pure. Bounds: kMaxCaptionBytes, kMaxCues,
// kMaxCueBytes. Source: WebVTT (W3C) §4 (file), §4.2 (cue text), §6 (parsing); SubRip has no
// specification: numbers, times with commas, <b> <i> <u> <font>, {\an8}.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen::captions {

inline constexpr size_t kMaxCaptionBytes = 2 << 20;
inline constexpr size_t kMaxCues = 20'000;
inline constexpr size_t kMaxCueBytes = 4096;
inline constexpr std::chrono::milliseconds kLastInstant = std::chrono::hours(16 * 24);

struct Cue {
  std::chrono::milliseconds start{}, end{};  // start < end <= kLastInstant
  std::string settings;                      // "line:90% align:start", or empty
  std::string text;                          // lines of cue text, whose tags are closed
  bool operator==(const Cue&) const = default;
};

// By their starts. The words name the line: "line 12: the cue ends before it begins".
Result<std::vector<Cue>> read_caption_file(ByteSpan file);

// A blank line, and the cue.
void append_cue(std::string& text, const Cue& cue);
std::string write_webvtt(const std::vector<Cue>& cues);

}  // namespace longmen::captions
