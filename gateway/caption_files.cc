#include "gateway/caption_files.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>

#include "gateway/recording_files.h"
#include "net/state_file.h"

namespace longmen {
namespace fs = std::filesystem;
using captions::Cue;
using recording::CaptionTrack;
using recording::WrittenCaptions;
namespace {

constexpr std::string_view kCaptionStart = "captions-";
constexpr const char* kCaptionList = "/captions.json";

}  // namespace

std::string caption_file_name(std::string_view id) {
  return fmt::format("{}{}.vtt", kCaptionStart, id);
}

Result<std::vector<CaptionTrack>> load_captions(const std::string& folder) {
  const std::string path = folder + kCaptionList;
  std::error_code error;
  const bool there = fs::exists(path, error);
  if (error) return fail(path + ": " + error.message());
  if (!there) return std::vector<CaptionTrack>();
  const auto text = read_state_file(path);
  if (!text) return fail(path + ": it cannot be read");
  auto tracks = recording::read_caption_list(*text);
  if (!tracks) return fail(path + ": " + tracks.error().message);
  return tracks;
}

Result<std::vector<Cue>> load_cues(const std::string& folder, const CaptionTrack& track) {
  const std::string path = folder + "/" + caption_file_name(track.id);
  const auto text = read_state_file(path);
  if (!text) return fail(path + ": it cannot be read");
  auto cues = captions::read_caption_file(as_bytes(*text));
  if (!cues) return fail(path + ": " + cues.error().message);
  return cues;
}

Result<void> keep_captions(const std::string& folder, const WrittenCaptions& written) {
  return write_state_file(folder + "/" + caption_file_name(written.track.id), written.file);
}

Result<void> keep_caption_list(const std::string& folder, const std::vector<CaptionTrack>& tracks) {
  if (auto written = write_state_file(folder + kCaptionList, recording::write_caption_list(tracks));
      !written)
    return written;
  const auto names = names_in(folder);
  if (!names) return {};
  for (const std::string& name : *names) {
    const bool known = std::ranges::any_of(
        tracks, [&name](const CaptionTrack& track) { return caption_file_name(track.id) == name; });
    std::error_code error;
    if (name.starts_with(kCaptionStart) && !known) fs::remove(folder + "/" + name, error);
  }
  return {};
}

Result<std::vector<WrittenCaptions>> shown_captions(const std::string& folder,
                                                    const recording::RecordingInfo& info) {
  std::vector<WrittenCaptions> shown;
  const auto tracks = load_captions(folder);
  if (!tracks) {
    spdlog::warn("left out: {}", tracks.error().message);
    return shown;
  }
  for (const CaptionTrack& track : *tracks) {
    const auto cues = load_cues(folder, track);
    if (!cues) {
      spdlog::warn("left out: {}", cues.error().message);
      continue;
    }
    const auto seen = recording::shown_cues(info, track.zero_ms, *cues);
    if (seen.empty()) continue;
    auto written = recording::write_captions(track.language, track.label, track.zero_ms, seen);
    if (!written) return tl::unexpected(written.error());
    written->track.added_ms = track.added_ms;
    shown.push_back(std::move(*written));
  }
  return shown;
}

}  // namespace longmen
