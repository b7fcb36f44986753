#include "gateway/clip_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "core/hls/media_name.h"
#include "core/recording/manifest.h"
#include "core/recording/replay_outline.h"
#include "gateway/caption_files.h"
#include "gateway/package_intake.h"
#include "net/state_file.h"

namespace longmen {
namespace fs = std::filesystem;
using recording::RecordedSegment;
using recording::RecordedTrack;
using recording::RecordingInfo;
namespace {

RecordingInfo clip_info(const RecordingInfo& source, const ClipOrder& order) {
  RecordingInfo info = source;
  info.id = order.id;
  info.session = order.session;
  info.title = order.title;
  info.series = order.series;
  info.start_ms = order.range.from_ms;
  info.end_ms = order.range.to_ms;
  info.source = source.id;
  info.keep = false;
  info.keep_days = order.keep_days;
  info.kept_from_ms = order.now_ms;
  info.shown = {};
  info.withdrawn.clear();
  info.chapters.clear();  // those of its session come as orders do
  info.cuts.clear();
  return info;
}

Result<void> link_file(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (error) return fail(fmt::format("{}: it cannot be linked: {}", from, error.message()));
  return {};
}

// Of a folder that goes unless it is kept.
class Staged {
 public:
  Staged(const std::string& root, const std::string& id) : path(import_folder(root, id)) {
    std::error_code error;
    fs::remove_all(path, error);
    fs::create_directories(path, error);
  }
  ~Staged() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;
  const std::string path;
};

}  // namespace

Result<RecordingInfo> make_clip_files(const std::string& root, const RecordingInfo& source,
                                      const RecordingMedia& media, const ClipOrder& order) {
  RecordingInfo info = clip_info(source, order);
  RecordingInfo seen = source;  // as it is to be shown
  seen.withdrawn.insert(seen.withdrawn.end(), order.withdrawn.begin(), order.withdrawn.end());
  seen.shown = order.shown;
  const std::string folder = root + "/" + source.id;
  const Staged staged(root, order.id);
  std::vector<RecordedTrack> tracks;
  std::set<uint64_t> used;
  uint64_t bytes = 0;
  for (size_t i = 0; i < media.tracks.size(); ++i) {
    RecordedTrack& track =
        tracks.emplace_back(media.tracks[i].rendition(), media.tracks[i].parts_per_segment());
    std::set<int64_t> files;
    Bytes index;
    for (const auto& [number, segment] : media.tracks[i].segments()) {
      const bool inside = number >= info.first_segment() && number < info.end_segment();
      if (!inside || !seen.shows(number)) continue;
      track.put(segment);
      recording::write_segment_record(segment, index);
      files.insert(segment.file());
      used.insert(segment.init);
    }
    bytes += track.bytes();
    const std::string& name = info.tracks[i].name;
    for (const int64_t file : files) {
      const std::string media_file = "/" + media_file_name(name, file);
      if (auto linked = link_file(folder + media_file, staged.path + media_file); !linked)
        return tl::unexpected(linked.error());
    }
    if (auto written = write_state_file(staged.path + "/" + index_file_name(name), as_text(index));
        !written)
      return tl::unexpected(written.error());
  }
  if (used.empty()) return fail("nothing of that range is shown");
  recording::InitDigests inits;
  for (const uint64_t number : used) {
    const auto found = media.inits.find(number);
    if (found == media.inits.end()) return fail("an init segment is missing");
    const std::string name = recording::init_name_of(number);
    inits[name] = sha256_digest(*found->second);
    if (auto written =
            write_state_file(staged.path + "/" + hls::init_name(name), as_text(*found->second));
        !written)
      return tl::unexpected(written.error());
  }
  info.bytes = bytes;  // its share of what is on the disk
  const recording::ReplayOutline outline(info, tracks, /*writing=*/false);
  info.hole_ms = outline.gaps() * info.gop_seconds * 1000;
  if (auto written = write_state_file(staged.path + "/manifest.json",
                                      recording::write_manifest(info, tracks, inits));
      !written)
    return tl::unexpected(written.error());
  // What is shown of both.
  RecordingInfo seen_of_clip = info;
  seen_of_clip.withdrawn = seen.withdrawn;
  seen_of_clip.shown = seen.shown;
  const auto captions = shown_captions(folder, seen_of_clip);
  if (!captions) return tl::unexpected(captions.error());
  std::vector<recording::CaptionTrack> list;
  for (const recording::WrittenCaptions& each : *captions) {
    if (auto kept = keep_captions(staged.path, each); !kept) return tl::unexpected(kept.error());
    list.push_back(each.track);
  }
  if (!list.empty()) {
    if (auto kept = keep_caption_list(staged.path, list); !kept)
      return tl::unexpected(kept.error());
  }
  if (auto written = write_state_file(staged.path + "/recording.json", to_json(info)); !written)
    return tl::unexpected(written.error());
  if (auto named = name_import(staged.path, root, info.id); !named)
    return tl::unexpected(named.error());
  return info;
}

}  // namespace longmen
