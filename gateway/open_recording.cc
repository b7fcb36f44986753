#include "gateway/open_recording.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/base/hex.h"
#include "core/base/sha256.h"
#include "core/hls/media_name.h"
#include "core/recording/manifest.h"
#include "core/recording/replay_outline.h"
#include "net/disk_write.h"
#include "net/state_file.h"

namespace longmen {
namespace fs = std::filesystem;
using namespace recording;
namespace {

tl::unexpected<Error> system_error(const std::string& path) {
  return fail(fmt::format("{}: {}", path, std::strerror(errno)));
}

// Of this length from now on: what is behind it is torn.
Result<UniqueFd> open_until(const std::string& path, uint64_t end) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!file) return system_error(path);
  if (::ftruncate(file.get(), static_cast<off_t>(end)) != 0) return system_error(path);
  return file;
}

// Both, at `offset`.
bool write_at(int file, uint64_t offset, ByteSpan first, ByteSpan second) {
  while (!first.empty() || !second.empty()) {
    std::array<iovec, 2> from{iovec{const_cast<uint8_t*>(first.data()), first.size()},
                              iovec{const_cast<uint8_t*>(second.data()), second.size()}};
    const ssize_t written = ::pwritev(file, from.data(), from.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    offset += static_cast<uint64_t>(written);
    const size_t of_first = std::min(first.size(), static_cast<size_t>(written));
    first = first.subspan(of_first);
    second = second.subspan(static_cast<size_t>(written) - of_first);
  }
  return true;
}

// A clip has the same file, under a name of its own (gateway/clip_files.h): it keeps what it has.
Result<void> part_from_others(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0 || about.st_nlink < 2) return {};
  const std::string copy = path + ".new";
  std::error_code error;
  fs::copy_file(path, copy, fs::copy_options::overwrite_existing, error);
  if (!error) fs::rename(copy, path, error);
  if (error) return fail(fmt::format("{}: {}", path, error.message()));
  return {};
}

}  // namespace

Result<std::unique_ptr<RecordingWriter::Open>> RecordingWriter::Open::make(
    const std::string& folder, const RecordingInfo& info) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(fmt::format("{}: {}", folder, error.message()));
  if (!fs::exists(folder + "/recording.json", error)) {
    if (auto written = write_state_file(folder + "/recording.json", to_json(info)); !written)
      return tl::unexpected(written.error());
    sync_folder(fs::path(folder).parent_path());
  }
  auto loaded = load_recording(folder);
  if (!loaded) return tl::unexpected(loaded.error());
  if (!loaded->info.same_media(info))
    return fail(fmt::format("{}: is of other renditions", folder));
  // It is not whole any more until it has ended again.
  fs::remove(folder + "/manifest.json", error);
  std::unique_ptr<Open> open(new Open(folder, std::move(*loaded)));
  for (size_t i = 0; i < open->files_.size(); ++i) {
    Files& files = open->files_[i];
    LoadedTrack& track = open->loaded_.tracks[i];
    const std::string index = open->path(index_file_name(info.tracks[i].name));
    auto file = open_until(index, track.index_end);
    if (!file) return tl::unexpected(file.error());
    files.index = std::move(*file);
    files.unindexed.insert(track.unindexed.begin(), track.unindexed.end());
    const auto& segments = track.recorded.segments();
    files.newest = segments.empty() ? 0 : segments.rbegin()->first;
  }
  if (auto set = open->set_info(info); !set) return tl::unexpected(set.error());
  return open;
}

Result<void> RecordingWriter::Open::set_info(const RecordingInfo& info) {
  if (info == loaded_.info) return {};
  if (auto written = write_state_file(path("recording.json"), to_json(info)); !written)
    return written;
  loaded_.info = info;
  return {};
}

Result<RecordingWriter::Open::Written> RecordingWriter::Open::write(const WriterPart& part) {
  LoadedTrack& track = loaded_.tracks[part.track];
  Files& files = files_[part.track];
  const bool wanted =
      part.late ? track.recorded.wants_late(part.record) : track.recorded.wants(part.record);
  if (!wanted) return Written{Taken::kHad, nullptr};
  const int64_t file = part.record.number.media_sequence / kSegmentsInFile;
  if (files.media_file != file) {
    if (auto opened = open_media(part.track, file); !opened) return tl::unexpected(opened.error());
  }
  uint64_t& end = track.media_end[file];
  const uint32_t frame_ticks = loaded_.info.track_grid(part.track).frame_ticks();
  auto described = describe_chunk(*part.bytes, end, frame_ticks);
  if (!described) return Written{Taken::kMalformed, nullptr};
  auto init = keep_init(part);
  if (!init) return tl::unexpected(init.error());
  Bytes trailer;
  write_part_trailer(part.record, *part.bytes, trailer);
  if (!write_at(files.media.get(), end, *part.bytes, trailer)) {
    auto problem = system_error(path(media_file_name(loaded_.info.tracks[part.track].name, file)));
    // Gives its room back; should this fail too, the next opening cuts it off.
    (void)::ftruncate(files.media.get(), static_cast<off_t>(end));
    return problem;
  }
  end += part.bytes->size() + trailer.size();
  files.media_unsynced = true;
  track.recorded.add(part.record, std::move(*described));
  files.unindexed.insert(part.record.number.media_sequence);
  files.newest = std::max(files.newest, part.record.number.media_sequence);
  return Written{Taken::kWritten, *init};
}

Result<void> RecordingWriter::Open::open_media(size_t track, int64_t file) {
  Files& files = files_[track];
  if (files.media && files.media_unsynced && ::fdatasync(files.media.get()) != 0)
    return system_error(folder_);
  files.media_unsynced = false;
  files.media_file = -1;
  const std::string name = path(media_file_name(loaded_.info.tracks[track].name, file));
  if (auto parted = part_from_others(name); !parted) return parted;
  auto opened = open_until(name, loaded_.tracks[track].media_end[file]);
  if (!opened) return tl::unexpected(opened.error());
  sync_folder(folder_);
  files.media = std::move(*opened);
  files.media_file = file;
  return {};
}

// Nothing when it is there.
Result<std::shared_ptr<const Bytes>> RecordingWriter::Open::keep_init(const WriterPart& part) {
  if (loaded_.inits.contains(part.record.init)) return std::shared_ptr<const Bytes>();
  const Bytes& bytes = part.init->bytes;
  if (auto written = write_state_file(path(hls::init_name(part.init->name)), as_text(bytes));
      !written)
    return tl::unexpected(written.error());
  auto kept = std::make_shared<const Bytes>(bytes);
  loaded_.inits[part.record.init] = kept;
  return kept;
}

bool RecordingWriter::Open::has_finished() const {
  for (size_t i = 0; i < files_.size(); ++i) {
    for (const int64_t number : files_[i].unindexed) {
      const RecordedSegment* segment = loaded_.tracks[i].recorded.find(number);
      if (segment && segment->is_whole()) return true;
    }
  }
  return false;
}

Result<void> RecordingWriter::Open::finish(bool durable, bool all, const Told& told) {
  for (size_t i = 0; i < files_.size(); ++i) {
    Files& files = files_[i];
    if (durable && files.media_unsynced) {
      if (::fdatasync(files.media.get()) != 0) return system_error(folder_);
      files.media_unsynced = false;
    }
  }
  for (size_t i = 0; i < files_.size(); ++i) {
    if (auto indexed = index_finished(i, all, told); !indexed) return indexed;
    Files& files = files_[i];
    if (durable && files.index_unsynced) {
      if (::fdatasync(files.index.get()) != 0) return system_error(folder_);
      files.index_unsynced = false;
    }
  }
  return {};
}

Result<void> RecordingWriter::Open::index_finished(size_t track, bool all, const Told& told) {
  Files& files = files_[track];
  LoadedTrack& loaded = loaded_.tracks[track];
  std::vector<int64_t> done;
  Bytes records;
  for (const int64_t number : files.unindexed) {
    const RecordedSegment* segment = loaded.recorded.find(number);
    const bool whole = segment && segment->is_whole();
    if (segment && !whole && !all && number + kSegmentsToWait > files.newest) continue;
    if (whole) {
      const auto sha256 = hash(track, *segment);
      if (!sha256) return tl::unexpected(sha256.error());
      loaded.recorded.set_sha256(number, *sha256);
    }
    if (segment) write_segment_record(*segment, records);
    done.push_back(number);
  }
  if (done.empty()) return {};
  if (!write_at(files.index.get(), loaded.index_end, records, {})) {
    auto problem = system_error(path(index_file_name(loaded_.info.tracks[track].name)));
    (void)::ftruncate(files.index.get(), static_cast<off_t>(loaded.index_end));
    return problem;
  }
  loaded.index_end += records.size();
  files.index_unsynced = true;
  for (const int64_t number : done) {
    files.unindexed.erase(number);
    if (const RecordedSegment* segment = loaded.recorded.find(number)) told(*segment);
  }
  return {};
}

// Of what the file has: a part that was not written as it came shows here.
Result<Sha256Digest> RecordingWriter::Open::hash(size_t track, const RecordedSegment& segment) {
  FileSource source(path(media_file_name(loaded_.info.tracks[track].name, segment.file())));
  Sha256Stream stream;
  Bytes bytes;
  for (const RecordedPart& part : segment.parts) {
    bytes.resize(part.bytes);
    if (!source.read(part.offset, bytes)) return system_error(folder_);
    stream.update(bytes);
  }
  return stream.finish();
}

Result<RecordingInfo> RecordingWriter::Open::close(RecordingInfo info) {
  if (info.end_ms == 0) {  // where the media end
    const HlsGrid grid = info.grid();
    MediaTime end{std::chrono::milliseconds(info.start_ms)};
    for (const LoadedTrack& track : loaded_.tracks) {
      if (!track.recorded.segments().empty())
        end = std::max(end, grid.segment_start(track.recorded.segments().rbegin()->first + 1));
    }
    info.end_ms = std::chrono::floor<std::chrono::milliseconds>(end.time_since_epoch()).count();
  }
  const int64_t first = info.first_segment();
  const int64_t end = info.end_segment();
  InitDigests inits;
  for (const auto& [number, bytes] : loaded_.inits) {
    inits[init_name_of(number)] = sha256_digest(*bytes);
  }
  for (size_t i = 0; i < files_.size(); ++i) {
    RecordedTrack& track = loaded_.tracks[i].recorded;
    std::vector<int64_t> outside;
    for (const auto& [number, segment] : track.segments())
      if (number < first || number >= end) outside.push_back(number);
    for (const int64_t number : outside)
      track.remove(number);
    Bytes index;
    for (const auto& [number, segment] : track.segments())
      write_segment_record(segment, index);
    const std::string& name = info.tracks[i].name;
    if (auto written = write_state_file(path(index_file_name(name)), as_text(index)); !written)
      return tl::unexpected(written.error());
    // Behind the index, so that what it says is there at any moment.
    const auto ends = track.file_ends();
    for (const auto& [file, size] : loaded_.tracks[i].media_end) {
      const auto used = ends.find(file);
      std::error_code error;
      if (used == ends.end())
        fs::remove(path(media_file_name(name, file)), error);
      else
        fs::resize_file(path(media_file_name(name, file)), used->second, error);
    }
  }
  const auto recorded = loaded_.recorded();
  info.bytes = recording_file_bytes(folder_);
  const ReplayOutline outline(info, recorded, /*writing=*/false);
  info.hole_ms = outline.gaps() * info.gop_seconds * 1000;
  if (auto set = set_info(info); !set) return tl::unexpected(set.error());
  const std::string manifest = write_manifest(info, recorded, inits);
  if (auto written = write_state_file(path("manifest.json"), manifest); !written)
    return tl::unexpected(written.error());
  spdlog::info("recording={} is closed bytes={} hole_ms={} manifest_sha256={}", info.id, info.bytes,
               info.hole_ms, lower_hex(sha256_digest(as_bytes(manifest))));
  return info;
}

}  // namespace longmen
