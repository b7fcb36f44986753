#include "gateway/package_intake.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/hls/media_name.h"
#include "core/recording/replay_outline.h"
#include "gateway/caption_files.h"
#include "net/disk_write.h"
#include "net/state_file.h"

namespace longmen {
namespace fs = std::filesystem;
using recording::RecordedSegment;
namespace {

constexpr std::string_view kImportStart = ".import-";

tl::unexpected<Error> failed_at(const std::string& path) {
  return fail(fmt::format("{}: {}", path, std::strerror(errno)));
}

}  // namespace

PackageIntake::PackageIntake(Target target) : target_(std::move(target)), reader_(*this) {
  if (target_.root.empty()) return;
  folder_ = import_folder(target_.root, target_.name);
}

PackageIntake::~PackageIntake() {
  std::error_code error;
  if (keeps() && !settled_) fs::remove_all(folder_, error);
}

Result<void> PackageIntake::disk(Result<void> done) {
  disk_failed_ = disk_failed_ || !done;
  return done;
}

Result<void> PackageIntake::feed(std::string_view piece) {
  std::error_code error;
  if (keeps() && !fs::exists(folder_, error)) {
    fs::create_directories(folder_, error);
    if (error) return disk(fail(fmt::format("{}: {}", folder_, error.message())));
  }
  return reader_.feed(as_bytes(piece));
}

Result<void> PackageIntake::describe(const package::PackageHead& head,
                                     const std::vector<recording::RecordedTrack>& tracks,
                                     uint64_t media_bytes) {
  for (const recording::RecordedTrack& track : tracks)
    written_.emplace_back(track.rendition(), track.parts_per_segment());
  media_.resize(tracks.size());
  if (!keeps()) return {};
  auto fits = recording::check_courseware_limits(head.courseware, target_.courseware);
  too_large_ = !fits;
  if (!fits) return fits;
  uint64_t needed = media_bytes + target_.reserve_bytes;
  for (const recording::CaptionTrack& track : head.captions)
    needed += track.bytes;
  for (const recording::Courseware& file : head.courseware)
    needed += file.bytes;
  std::error_code error;
  const fs::space_info space = fs::space(folder_, error);
  if (error) return disk(fail(fmt::format("{}: {}", folder_, error.message())));
  if (space.available >= needed) return {};
  no_room_ = true;
  return fail(fmt::format("it takes {} MB, and {} MB are free, of which {} MB stay so",
                          (needed - target_.reserve_bytes) >> 20, space.available >> 20,
                          target_.reserve_bytes >> 20));
}

Result<void> PackageIntake::keep_init(const std::string& name, ByteSpan bytes) {
  inits_[name] = sha256_digest(bytes);
  if (!keeps()) return {};
  return disk(write_state_file(path(hls::init_name(name)), as_text(bytes)));
}

Result<void> PackageIntake::open_media(size_t track, int64_t number) {
  MediaFile& media = media_[track];
  if (media.number == number) return {};
  if (media.file && ::fsync(media.file.get()) != 0) return failed_at(folder_);
  const std::string file = path(media_file_name(reader_.head().info.tracks[track].name, number));
  media.file = UniqueFd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!media.file) return failed_at(file);
  media.number = number;
  return {};
}

// Each part with its trailer, so that the file says what it has also without its index.
Result<void> PackageIntake::keep_segment(size_t track, const RecordedSegment& segment,
                                         ByteSpan bytes) {
  RecordedSegment kept = segment;
  if (!segment.is_whole()) kept.sha256 = {};
  uint64_t& end = ends_[{track, segment.file()}];
  Bytes out;
  for (size_t i = 0; i < segment.parts.size(); ++i) {
    const recording::RecordedPart& part = segment.parts[i];
    if (part.bytes == 0) continue;
    const ByteSpan of = bytes.subspan(part.offset, part.bytes);
    kept.parts[i].offset = end + out.size();
    out.insert(out.end(), of.begin(), of.end());
    recording::write_part_trailer({segment.rendition,
                                   segment.generation,
                                   segment.init,
                                   {segment.media_sequence, static_cast<int>(i)},
                                   part.independent,
                                   segment.discontinuity,
                                   part.bytes},
                                  of, out);
  }
  if (keeps()) {
    if (auto opened = disk(open_media(track, segment.file())); !opened) return opened;
    if (!write_fully(media_[track].file.get(), as_text(out))) return disk(failed_at(folder_));
  }
  end += out.size();
  written_[track].put(std::move(kept));
  return {};
}

Result<void> PackageIntake::keep_captions(const recording::WrittenCaptions& captions) {
  captions_.push_back(captions.track);
  return keeps() ? disk(longmen::keep_captions(folder_, captions)) : Result<void>();
}

Result<void> PackageIntake::begin_courseware(const recording::Courseware& file) {
  if (keeps()) courseware_ = std::make_unique<GivenFile>(path(courseware_file_name(file.id)));
  return {};
}

Result<void> PackageIntake::courseware_data(ByteSpan bytes) {
  return courseware_ ? disk(courseware_->write(as_text(bytes))) : Result<void>();
}

Result<void> PackageIntake::end_courseware() {
  return courseware_ ? disk(courseware_->keep()) : Result<void>();
}

Result<void> PackageIntake::finish() {
  if (auto whole = reader_.finish(); !whole) return whole;
  if (!keeps()) return {};
  for (MediaFile& media : media_)
    if (media.file && ::fsync(media.file.get()) != 0) return disk(failed_at(folder_));
  const auto& tracks = reader_.head().info.tracks;
  for (size_t i = 0; i < tracks.size(); ++i) {
    Bytes index;
    for (const auto& [number, segment] : written_[i].segments())
      recording::write_segment_record(segment, index);
    if (auto kept = write_state_file(path(index_file_name(tracks[i].name)), as_text(index)); !kept)
      return disk(kept);
  }
  return {};
}

Result<recording::RecordingInfo> PackageIntake::settle(const Filing& filing) {
  recording::RecordingInfo info = reader_.head().info;
  info.id = filing.id;
  info.channel = filing.channel;
  info.session = filing.session;
  info.title = filing.title;
  info.series = filing.series;
  info.keep_days = filing.keep_days;
  info.kept_from_ms = filing.now_ms;
  info.chapters.clear();  // those of its session come as orders do
  info.bytes = recording_file_bytes(folder_);
  const recording::ReplayOutline outline(info, written_, /*writing=*/false);
  info.hole_ms = outline.gaps() * info.gop_seconds * 1000;
  const auto failed = [this](const Error& error) {
    disk_failed_ = true;
    return tl::unexpected(error);
  };
  if (!captions_.empty()) {
    if (auto kept = keep_caption_list(folder_, captions_); !kept) return failed(kept.error());
  }
  const auto& courseware = reader_.head().courseware;
  if (!courseware.empty()) {
    if (auto kept =
            write_state_file(path("courseware.json"), recording::write_courseware(courseware));
        !kept)
      return failed(kept.error());
  }
  if (auto kept = write_state_file(path("manifest.json"),
                                   recording::write_manifest(info, written_, inits_));
      !kept)
    return failed(kept.error());
  // From here on it has its name: whoever finds the folder gives it.
  if (auto kept = write_state_file(path("recording.json"), to_json(info)); !kept)
    return failed(kept.error());
  if (auto named = name_import(folder_, target_.root, info.id); !named)
    return failed(named.error());
  settled_ = true;
  return info;
}

std::string import_folder(const std::string& root, const std::string& name) {
  return root + "/" + std::string(kImportStart) + name;
}

Result<void> name_import(const std::string& folder, const std::string& root,
                         const std::string& id) {
  std::error_code error;
  const std::string to = root + "/" + id;
  if (fs::exists(to, error)) return fail(to + " is there already");
  fs::rename(folder, to, error);
  if (error) return fail(fmt::format("{}: {}", folder, error.message()));
  sync_folder(root);
  return {};
}

void finish_imports(const std::string& root) {
  const auto names = names_in(root);
  if (!names) return;
  for (const std::string& name : *names) {
    if (!name.starts_with(kImportStart)) continue;
    const std::string folder = root + "/" + name;
    std::error_code error;
    const auto info = load_recording_info(folder);
    if (info && !fs::exists(root + "/" + info->id, error)) {
      if (const auto named = name_import(folder, root, info->id); named)
        spdlog::info("recording={} is finished, which another process was making", info->id);
      else
        spdlog::error("recording={} stays in {}: {}", info->id, folder, named.error().message);
      continue;
    }
    fs::remove_all(folder, error);
  }
}

}  // namespace longmen
