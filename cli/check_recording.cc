// check-recording: whether a recording is whole and unaltered.
#include <fmt/format.h>

#include "cli/commands.h"
#include "gateway/check_recording.h"

namespace longmen {

int check_recording(const std::string& folder, bool repair) {
  const auto verdict = check_recording(folder, repair ? Repair::kYes : Repair::kNo);
  if (!verdict) {
    fmt::print(stderr, "{}\n", verdict.error().message);
    return 1;
  }
  fmt::print("recording {}{}\n", verdict->recording, verdict->goes_on ? ", which goes on" : "");
  for (const RecordingVerdict::Track& track : verdict->tracks)
    fmt::print("  {}: {} segments are whole, {} in part\n", track.name, track.segments,
               track.partial);
  for (const std::string& words : verdict->wrong)
    fmt::print("  {}\n", words);
  if (repair) fmt::print("index and manifest were written anew, from the media\n");
  if (!verdict->wrong.empty()) return 1;
  fmt::print("{}\n", verdict->has_manifest ? "as its index and its manifest say"
                                           : "as its index says; it has no manifest");
  return 0;
}

}  // namespace longmen
